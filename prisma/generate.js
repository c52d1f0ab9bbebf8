// Writes Prisma's client to src/generated/prisma. JavaScript, so that it runs after `npm ci` on whatever Node is there.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'

const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')
const { status } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
  cwd: path.resolve(import.meta.dirname, '..'),
  // Prisma would otherwise ask home for a newer version of itself.
  env: { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
