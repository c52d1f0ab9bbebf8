import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RequestHandler } from 'express'
import { type Encoding, encodingFor } from './compression.ts'

const project = path.resolve(import.meta.dirname, '../..')

/** What pages load, by the names that views know. Made by make-assets.ts. */
const NAMES = ['purser.css', 'purser.js', 'theme.js', 'icon.svg', 'icons.svg'] as const
export type AssetName = (typeof NAMES)[number]

/** As make-assets.ts writes it: each in base64. */
export type MadeAsset = Record<'plain' | Encoding, string>

interface Asset {
  /** Of its content, in its address: what is at an address never changes. */
  hash: string
  bodies: Readonly<Record<'plain' | Encoding, Buffer>>
}

type Assets = ReadonlyMap<string, Asset>

/** A year, which is as good as for ever. */
const FOR_EVER = 'public, max-age=31536000, immutable'

/** Stylesheet, scripts and pictures: made when Purser starts, if they have changed since; in development, whenever a file has changed. */
export function assets({ isDevelopment }: { isDevelopment: boolean }) {
  const current = isDevelopment ? lastMade() : makeOnce
  current()
  const serve: RequestHandler = (req, res) => {
    const [, stem, hash, ending = ''] = /^\/(\w+)\.(\w+)\.(\w+)$/.exec(req.path) ?? []
    const asset = /^(GET|HEAD)$/.test(req.method) && current().get(`${stem}.${ending}`)
    if (!asset) return res.status(404).type('text').send('Not found')
    const encoding = encodingFor(req)
    // Another hash is that of another version: while processes are exchanged, a page may come from one and this request to the other.
    res.set('Cache-Control', asset.hash === hash ? FOR_EVER : 'no-store')
    res.set('ETag', `"${asset.hash}-${encoding ?? 'plain'}"`)
    res.vary('Accept-Encoding').type(ending)
    if (encoding) res.set('Content-Encoding', encoding)
    res.send(asset.bodies[encoding ?? 'plain'])
  }
  /** The address of one, for a page. */
  const asset = (name: AssetName) => `/assets/${name.replace('.', `.${current().get(name)?.hash}.`)}`
  return { serve, asset }
}

let made: Assets | undefined
const makeOnce = () => (made ??= makeAssets())

function makeAssets(): Assets {
  const made = keptAssets()
  return new Map(
    NAMES.map((name) => {
      const { plain, br, gzip } = made[name]
      const bodies = { plain: bufferOf(plain), br: bufferOf(br), gzip: bufferOf(gzip) }
      const hash = createHash('sha256').update(bodies.plain).digest('hex').slice(0, 8)
      return [name, { hash, bodies }]
    }),
  )
}

const bufferOf = (base64: string) => Buffer.from(base64, 'base64')

/** What they are made of: a change to any of these makes them again. Of the kits the version. */
const SOURCES = ['views/**/*.ejs', 'public/*', 'src/web/*.ts']
const packageOf = (file: string, up: string) => path.resolve(fileURLToPath(import.meta.resolve(file)), up)
const KITS = [
  packageOf('@tabler/core/package.json', '.'),
  packageOf('@tabler/icons/outline/x.svg', '../../../package.json'),
]

/** Where they are kept, as other tools keep what they make. Where nothing can be written, they are made at each start. */
const KEPT = path.join(project, 'node_modules/.cache/purser/assets.json')

interface Kept {
  /** Of all that they are made of. */
  madeOf: string
  made: Record<AssetName, MadeAsset>
}

function keptAssets(): Kept['made'] {
  const madeOf = digestOfSources()
  const kept = readKept()
  if (kept?.madeOf === madeOf) return kept.made
  const made = makeInChild()
  keep({ madeOf, made })
  return made
}

function digestOfSources(): string {
  const hash = createHash('sha256')
  for (const file of [...SOURCES.flatMap((pattern) => globSync(pattern, { cwd: project })).sort(), ...KITS])
    hash.update(readFileSync(path.resolve(project, file)))
  return hash.digest('hex')
}

function readKept(): Kept | null {
  try {
    return JSON.parse(readFileSync(KEPT, 'utf8')) as Kept
  } catch {
    // None was kept so far, or another process is at it.
    return null
  }
}

function keep(kept: Kept) {
  const fresh = `${KEPT}.${process.pid}`
  try {
    mkdirSync(path.dirname(KEPT), { recursive: true })
    writeFileSync(fresh, JSON.stringify(kept))
    renameSync(fresh, KEPT)
  } catch {
    // A folder that nobody may write to: see KEPT.
  }
}

function makeInChild(): Kept['made'] {
  const program = path.join(import.meta.dirname, 'make-assets.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`The stylesheet and the scripts could not be made: ${stderr}`)
  return JSON.parse(stdout) as Kept['made']
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
