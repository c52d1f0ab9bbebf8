import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { ZodError } from 'zod'
import { HEADER_NAME } from './header.ts'
import { type Found, faultAgainst } from './manifest.ts'
import { type Entry, eachEntry, smallText } from './read.ts'
import { mustHaveRoom } from './room.ts'
import { SECRET_FILES, type Secrets } from './secrets.ts'

const MANIFEST = 'backup_manifest'

/** PostgreSQL begins another file where one has a gigabyte. */
const FILE_BYTES_MAX = 1024 ** 3

/** A line of some two hundred bytes for each of a million files. */
const LIST_BYTES_MAX = 256 * 1024 ** 2

interface Unpacking {
  /** The folder that gets PostgreSQL's files; it must be empty. */
  folder: string
  signal: AbortSignal
  /** Told how many bytes of the backup have been read. */
  onRead: (bytes: number) => void
}

/**
 * Writes the data folder of a backup, proves each file by PostgreSQL's list, and gives the secrets that came with it.
 * @throws a sentence where the backup is cut short, damaged or not one of Purser; what was written stays for the caller to remove
 */
export async function unpackBackup(file: string, { folder, signal, onRead }: Unpacking): Promise<Secrets> {
  const secrets: Secrets = {}
  const found = new Map<string, Found>()
  await eachEntry(file, { signal, onRead }, async (entry) => {
    const secret = SECRET_FILES.find((name) => name === entry.name)
    if (secret) secrets[secret] = await smallText(file, entry)
    else if (entry.name === HEADER_NAME) await smallText(file, entry)
    else await unpackEntry(entry, nameIn(file, entry), { folder, signal, found })
  })
  if (!found.has(MANIFEST)) throw new Error(`${file} is incomplete: the list of its files is missing.`)
  const fault = faultIn(path.join(folder, MANIFEST), found)
  if (fault) throw new Error(`${file} is damaged: ${fault} is not what PostgreSQL wrote.`)
  return secrets
}

/** The first file that is not as the list says; the list itself where it is none. */
function faultIn(list: string, found: ReadonlyMap<string, Found>): string | null {
  if ((found.get(MANIFEST)?.bytes ?? 0) > LIST_BYTES_MAX) return MANIFEST
  try {
    return faultAgainst(readFileSync(list, 'utf8'), found)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ZodError) return MANIFEST
    throw error
  }
}

/**
 * The name below the data folder, '.' for that itself; nothing else may be in a backup, and nothing may lead out of the folder. PostgreSQL has
 * some of its folders as `./pg_wal`.
 */
function nameIn(file: string, { name, type, bytes }: Entry): string {
  const below = /^postgres\/(.*?)\/?$/.exec(name)?.[1] ?? '..'
  const isInside = below === '' || below.split('/').every((part) => part !== '..' && part !== '')
  const place = path.posix.normalize(below)
  const isFolder = type === 'directory' && bytes === 0
  const isFile = type === 'file' && bytes <= FILE_BYTES_MAX && place !== '.'
  if (!isInside || !(isFolder || isFile))
    throw new Error(`${file} contains ${name}, which is not part of a Purser backup.`)
  return place
}

async function unpackEntry(
  { type, bytes: bytesSaid, contents }: Entry,
  name: string,
  { folder, signal, found }: { folder: string; signal: AbortSignal; found: Map<string, Found> },
): Promise<void> {
  const place = path.join(folder, name)
  if (type === 'directory') {
    mkdirSync(place, { recursive: true, mode: 0o700 })
    await text(contents)
    return
  }
  mustHaveRoom(folder, bytesSaid)
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256')
  let bytes = 0
  const measured = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  await pipeline(contents, measured, createWriteStream(place, { mode: 0o600, flags: 'wx' }), { signal })
  found.set(name, { bytes, sha256: hash.digest('hex') })
}

/** Writes the secrets into a data folder, as it keeps them. */
export function placeSecrets(dataDir: string, secrets: Secrets): void {
  for (const [name, contents] of Object.entries(secrets))
    writeFileSync(path.join(dataDir, name), contents, { mode: 0o600, flag: 'wx', flush: true })
}
