import { createWriteStream, existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { extract, pack, type Pack } from 'tar-stream'
import { APP_KEY_FILE } from '../app-key.ts'
import { type BaseBackup, beginBaseBackup } from '../database/base-backup.ts'
import { connected } from '../database/connection.ts'
import { readInstallation } from '../database/installation.ts'
import { functionsNumberIn } from '../database/functions.ts'
import { appliedIn } from '../database/migration-history.ts'
import { type Draft, draftOf } from './draft.ts'
import { type Header, HEADER_NAME, headerOf } from './header.ts'
import { progressOf } from './progress.ts'
import { type Secrets, holdsSecrets, secretsOf, writeSecretsApart } from './secrets.ts'

/** What is backed up, and where to. */
export interface BackupPlan {
  dataDir: string
  /** Of the server that runs in the data folder. */
  database: { superUrl: string; ownerUrl: string }
  /** Absolute. */
  file: string
  /** Absolute. Where key and passwords go; null: into the file itself. */
  secretsFile: string | null
  /** Ends it; nothing stays. */
  signal: AbortSignal
  onProgress: (sentence: string) => void
}

/**
 * Backs up the embedded database to one file while it runs: a gzipped tar of a header, the secrets, and the data folder as PostgreSQL's
 * base backup sends it, with its list of checksums at the end. The file has mode 0600 and gets its name only when all of it is on disk.
 * Gives its header.
 * @throws a sentence if it cannot be made; nothing is left of it then
 */
export async function makeBackup(plan: BackupPlan): Promise<Header> {
  const { dataDir, database, file, secretsFile, signal } = plan
  signal.throwIfAborted()
  for (const written of [file, secretsFile]) if (written) mustBeOutside(dataDir, written)
  const said = await saidBy(database.ownerUrl)
  const secrets = secretsOf(dataDir, said.keyFingerprint)
  const draft = draftOf(file)
  const base = await beginBaseBackup(database.superUrl)
  let apart: Draft | null = null
  try {
    apart = apartDraft(secretsFile, base.system, secrets)
    const header = headerOf({
      system: base.system,
      bytes: base.bytesExpected,
      ...said,
      secrets: secretsFile ? 'apart' : 'inside',
      appKey: APP_KEY_FILE in secrets ? 'secrets' : 'environment',
    })
    if (apart) writeSecretsApart(apart, base.system, secrets)
    await write(draft, {
      header,
      secrets: secretsFile ? {} : secrets,
      base,
      signal,
      onProgress: plan.onProgress,
    })
    signal.throwIfAborted()
    // In this order: a backup without its secrets would be of no use.
    apart?.keep()
    draft.keep()
    return header
  } finally {
    await base.close()
    draft.drop()
    apart?.drop()
  }
}

/** A copy in the data folder is lost with it, and would be copied itself the next time. */
function mustBeOutside(dataDir: string, file: string): void {
  const way = path.relative(placeOf(dataDir), placeOf(file))
  if (way === '' || (!/^\.\.(?:$|[\\/])/.test(way) && !path.isAbsolute(way)))
    throw new Error(
      `${file} is inside the data folder ${dataDir}. Write it elsewhere, on another disk if possible.`,
    )
}

/** Where it really is, or will be, whatever links lead there. */
function placeOf(file: string): string {
  if (existsSync(file)) return realpathSync(file)
  const folder = path.dirname(file)
  return folder === file ? file : path.join(placeOf(folder), path.basename(file))
}

/** Where the secrets are written apart; null where they go into the backup, or are where they belong already. */
function apartDraft(file: string | null, system: string, secrets: Secrets): Draft | null {
  if (!file || holdsSecrets(file, system, secrets)) return null
  return draftOf(file)
}

/** What the database says of itself. */
async function saidBy(ownerUrl: string) {
  return connected(ownerUrl, async (client) => {
    const { keyFingerprint } = await readInstallation(client)
    const migrations = [...(await appliedIn(client)).keys()]
    return { migrations, functions: await functionsNumberIn(client), keyFingerprint }
  })
}

interface Contents {
  header: Header
  secrets: Secrets
  base: BaseBackup
  signal: AbortSignal
  onProgress: (sentence: string) => void
}

async function write(draft: Draft, { signal, ...contents }: Contents): Promise<void> {
  const tar = pack()
  // Whichever fails first ends the other.
  const failing = new AbortController()
  const either = AbortSignal.any([signal, failing.signal])
  const attempt = async (work: Promise<void>) => {
    try {
      await work
    } catch (error) {
      failing.abort(error)
      throw error
    }
  }
  const toDisk = createWriteStream(draft.path, { mode: 0o600, flags: 'wx', flush: true })
  await Promise.all([
    attempt(pipeline(tar, createGzip({ level: 3 }), toDisk, { signal: either })),
    attempt(fill(tar, { ...contents, signal: either })),
  ])
}

async function fill(tar: Pack, { header, secrets, base, signal, onProgress }: Contents): Promise<void> {
  tar.entry({ name: HEADER_NAME, mode: 0o600 }, `${JSON.stringify(header, null, 2)}\n`)
  for (const [name, text] of Object.entries(secrets)) tar.entry({ name, mode: 0o600 }, text)
  const files = extract()
  const reading = pipeline(base.tar, countedAgainst(base.bytesExpected, onProgress), files, { signal })
  const packing = (async () => {
    for await (const file of files) {
      const { name, mode, mtime, type, size } = file.header
      const entry = tar.entry({ name: `postgres/${name}`, mode, mtime, type, size })
      await pipeline(file, entry, { signal })
    }
  })()
  await Promise.all([reading, packing])
  tar.entry({ name: 'postgres/backup_manifest', mode: 0o600 }, base.manifest())
  tar.finalize()
}

/** Passes on what comes, and tells how far that is. */
function countedAgainst(bytesExpected: number, onProgress: (sentence: string) => void) {
  const tellHowFar = progressOf((percent) => onProgress(`${percent} % …`))
  let bytes = 0
  return async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length
      tellHowFar(bytes, bytesExpected)
      yield chunk
    }
  }
}
