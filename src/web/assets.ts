import path from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'

/** Stylesheets, scripts and pictures: our own from public/, the CSS kit's from its package, where it was installed. */
export function assets() {
  const router = express.Router()
  const tabler = path.dirname(fileURLToPath(import.meta.resolve('@tabler/core/package.json')))
  const lasting = { immutable: false, maxAge: '1h', index: false, redirect: false } as const
  router.use('/tabler', express.static(path.join(tabler, 'dist'), lasting))
  router.use('/purser', express.static(fileURLToPath(new URL('../../public', import.meta.url)), lasting))
  router.use((_req, res) => {
    res.status(404).type('text').send('Not found')
  })
  return router
}
