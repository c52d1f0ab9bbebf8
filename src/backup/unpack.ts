import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'
import { HEADER_NAME } from './header.ts'
import { type Found, faultAgainst } from './manifest.ts'
import { type Entry, eachEntry } from './read.ts'
import { SECRET_FILES, type Secrets } from './secrets.ts'

const MANIFEST = 'backup_manifest'

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
    if (secret) secrets[secret] = await text(entry.contents)
    else if (entry.name === HEADER_NAME) await text(entry.contents)
    else await unpackEntry(entry, nameIn(file, entry), { folder, signal, found })
  })
  if (!found.has(MANIFEST)) throw new Error(`${file} is not whole: the list of its files is missing.`)
  const fault = faultAgainst(readFileSync(path.join(folder, MANIFEST), 'utf8'), found)
  if (fault) throw new Error(`${file} is damaged: ${fault} in it is not what PostgreSQL wrote.`)
  return secrets
}

/** The name below the data folder; nothing else may be in a backup, and nothing may lead out of the folder. */
function nameIn(file: string, { name, type }: Entry): string {
  const below = /^postgres\/(.*?)\/?$/.exec(name)?.[1]
  const isPlain = below?.split('/').every((part) => part !== '..' && part !== '')
  if (below === undefined || !(isPlain || below === '') || !['file', 'directory'].includes(type))
    throw new Error(`${file} holds ${name}, which is not of a backup of Purser.`)
  return below
}

async function unpackEntry(
  { type, contents }: Entry,
  name: string,
  { folder, signal, found }: { folder: string; signal: AbortSignal; found: Map<string, Found> },
): Promise<void> {
  const place = path.join(folder, name)
  if (type === 'directory') {
    mkdirSync(place, { recursive: true, mode: 0o700 })
    await text(contents)
    return
  }
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
