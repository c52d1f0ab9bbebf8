import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { RequestHandler } from 'express'
import { compressToKeep, encodingFor } from './compression.ts'
import { iconSheet } from './icons.ts'
import { joinedScript } from './script.ts'
import { joinedStylesheet } from './stylesheet.ts'

const project = path.resolve(import.meta.dirname, '../..')
const inPublic = (name: string) => readFileSync(path.join(project, 'public', name), 'utf8')

/** What pages load, by the names that views know. */
const MADE = {
  'purser.css': joinedStylesheet,
  'purser.js': () => joinedScript('purser'),
  'theme.js': () => inPublic('theme.js'),
  'icon.svg': () => inPublic('icon.svg'),
  'icons.svg': iconSheet,
}

export type AssetName = keyof typeof MADE

interface Asset {
  plain: Buffer
  /** Of its content, in its address: what is at an address never changes. */
  hash: string
  /** Compressed once, when it is first asked for. */
  bodies: Map<string, Promise<Buffer>>
}

type Assets = ReadonlyMap<string, Asset>

/** A year, which is as good as for ever. */
const FOR_EVER = 'public, max-age=31536000, immutable'

/** Stylesheet, scripts and picture: made in memory when Purser starts; in development again whenever a file has changed. */
export function assets({ isDevelopment }: { isDevelopment: boolean }) {
  const current = isDevelopment ? lastMade() : makeOnce
  current()
  const serve: RequestHandler = async (req, res) => {
    const [, stem, hash, ending = ''] = /^\/(\w+)\.(\w+)\.(\w+)$/.exec(req.path) ?? []
    const asset = /^(GET|HEAD)$/.test(req.method) && current().get(`${stem}.${ending}`)
    if (!asset) return res.status(404).type('text').send('Not found')
    const encoding = encodingFor(req)
    // Another hash is that of another version: while processes are exchanged, a page may come from one and this request to the other.
    res.set('Cache-Control', asset.hash === hash ? FOR_EVER : 'no-store')
    res.set('ETag', `"${asset.hash}-${encoding ?? 'plain'}"`)
    res.vary('Accept-Encoding').type(ending)
    if (!encoding) return res.send(asset.plain)
    const body = asset.bodies.get(encoding) ?? compressToKeep(asset.plain, encoding)
    asset.bodies.set(encoding, body)
    res.set('Content-Encoding', encoding).send(await body)
  }
  /** The address of one, for a page. */
  const asset = (name: AssetName) => `/assets/${name.replace('.', `.${current().get(name)?.hash}.`)}`
  return { serve, asset }
}

let made: Assets | undefined
const makeOnce = () => (made ??= makeAssets())

function makeAssets(): Assets {
  const all = new Map<string, Asset>()
  for (const [name, make] of Object.entries(MADE)) {
    const plain = Buffer.from(make())
    const hash = createHash('sha256').update(plain).digest('hex').slice(0, 12)
    all.set(name, { plain, hash, bodies: new Map() })
  }
  return all
}

function lastMade(): () => Assets {
  let stamp = ''
  let last = makeOnce()
  return () => {
    const files = globSync(['public/*', 'views/**/*.ejs'], { cwd: project })
    const now = files.map((file) => statSync(path.join(project, file)).mtimeMs).join()
    if (now !== stamp) last = makeAssets()
    stamp = now
    return last
  }
}
