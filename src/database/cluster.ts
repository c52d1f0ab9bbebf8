import { once } from 'node:events'
import { globSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { giveToServerUser, launcherFor } from './server-program.ts'

/**
 * The first that the machine knows is taken. Text sorts by Unicode's own order (ICU's root locale, which the builds
 * carry). LC_CTYPE decides what counts as a letter to pg_trgm: under plain C it would find nothing outside ASCII.
 */
const locales = [
  ['--locale-provider=icu', '--icu-locale=und', '--locale=C', '--lc-ctype=C.UTF-8'],
  ['--locale-provider=icu', '--icu-locale=und', '--locale=C', '--lc-ctype=en_US.UTF-8'],
  ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
]

/** Passwords for everybody, over loopback only. */
const accessRules = ['127.0.0.1/32', '::1/128']
  .map((range) => `host all all ${range} scram-sha-256\n`)
  .join('')

interface NewCluster {
  password: string
  sync: boolean
  signal?: AbortSignal
}

/**
 * Makes a new, empty database cluster at `folder`: UTF-8, data checksums, the superuser `postgres` with this password.
 * The folder appears when it is complete and not before, so that a start that was killed halfway leaves nothing to
 * trip over. With `sync: false` it does not wait for the disk. Given up at once where `signal` says so: nothing of it stays then.
 */
export async function createCluster(folder: string, { password, sync, signal }: NewCluster) {
  for (const remnant of globSync(`${folder}.new-*`)) remove(remnant)
  const draft = mkdtempSync(`${folder}.new-`)
  const passwordFile = `${draft}.password`
  try {
    giveToServerUser(draft)
    writeFileSync(passwordFile, password, { mode: 0o600 })
    giveToServerUser(passwordFile)
    await initialise(draft, [`--pwfile=${passwordFile}`, ...(sync ? [] : ['--no-sync'])], signal)
    writeFileSync(path.join(draft, 'pg_hba.conf'), accessRules)
    renameSync(draft, folder)
  } finally {
    remove(passwordFile)
    remove(draft)
  }
}

/** Waits until every file of a cluster is on the disk. */
export async function syncCluster(folder: string): Promise<void> {
  const initdb = launcherFor(folder)('initdb', ['--sync-only', `--pgdata=${folder}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [errors, [code]] = await Promise.all([initdb.stderr ? text(initdb.stderr) : '', once(initdb, 'exit')])
  if (code !== 0)
    throw new Error(`The database folder ${folder} cannot be written to the disk: ${errors.trim()}`)
}

async function initialise(folder: string, extra: string[], signal?: AbortSignal): Promise<void> {
  const launch = launcherFor(folder)
  const words = [
    `--pgdata=${folder}`,
    '--username=postgres',
    '--encoding=UTF8',
    '--auth=scram-sha-256',
    ...extra,
  ]
  let complaint = ''
  for (const locale of locales) {
    signal?.throwIfAborted()
    const initdb = launch('initdb', [...words, '--data-checksums', ...locale], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    // It asks for no leave: what it leaves is removed by the caller.
    const giveUp = () => initdb.kill('SIGKILL')
    signal?.addEventListener('abort', giveUp)
    const [errors, [code]] = await Promise.all([
      initdb.stderr ? text(initdb.stderr) : '',
      once(initdb, 'exit'),
    ])
    signal?.removeEventListener('abort', giveUp)
    signal?.throwIfAborted()
    if (code === 0) return
    complaint = errors.match(/error: (.*)/)?.[1] ?? (errors.trim() || `initdb exited with code ${code}`)
    if (!/locale|ICU/i.test(complaint)) break
  }
  throw new Error(`The database folder ${folder} could not be created: ${complaint}.`)
}

function remove(fileOrFolder: string): void {
  rmSync(fileOrFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}
