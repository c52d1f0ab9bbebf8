import { readdirSync } from 'node:fs'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { connect, disconnect } from '../../src/database/client.ts'
import { runningEmbedded } from '../../src/database/embedded.ts'
import { runCommand } from '../support/command.ts'
import {
  SETUP_TOKEN,
  logInOwner,
  makeCustomers,
  setUpReseller,
  tryLoginOfOwner,
} from '../support/first-reseller.ts'
import { Load } from '../support/load.ts'
import { PurserProcess } from '../support/process.ts'
import { SmallDisk } from '../support/small-disk.ts'
import { tokenOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

/** Room for a new database and its load, in megabytes. */
const DISK_MB = 200

/** More logins than an account may fail in a quarter of an hour. */
const FAILED_LOGINS = 12
/** Before these many there is no page left with room for one more row. */
const LOGINS_MAX = 300

const AWAY = 'The database cannot be reached right now. Nothing was lost'
const FULL = 'The database disk is full, so nothing can be saved. No changes were made.'

const mounted = SmallDisk.mount(DISK_MB)
let disk: SmallDisk
let child: PurserProcess
beforeEach(({ skip }) => {
  if (!(mounted instanceof SmallDisk)) return skip(`no disk can be mounted here: ${mounted.reason}`)
  disk = mounted
})
afterEach(async () => {
  if (!(mounted instanceof SmallDisk)) return
  disk.makeRoom()
  await child.end('SIGTERM')
})
afterAll(() => {
  if (mounted instanceof SmallDisk) mounted.unmount()
})

function start(): PurserProcess {
  child = new PurserProcess({ env: { DATA_DIR: disk.folder, SETUP_TOKEN } })
  return child
}

const KB = 1024
const MB = 1024 * KB

test.each([
  [
    'nothing',
    0,
    /^The disk is full, so \S+\/app-key cannot be written\. Free some space, then try again\.\n$/,
  ],
  [
    'the key alone',
    4 * KB,
    /^The disk is full, so \S+\/purser\.lock cannot be written\. Free some space, then try again\.\n$/,
  ],
  [
    'the lock, beside a key that is there,',
    4 * KB,
    /^The disk is full, so \S+\/database\.json cannot be written\. Free some space, then try again\.\n$/,
  ],
  [
    'all but the database',
    64 * KB,
    /^The database folder \S+ could not be created: .*No space left on device/,
  ],
  [
    'half of the database',
    20 * MB,
    /^The database folder \S+ could not be created: .*No space left on device/,
  ],
])(
  'a first start with room for %s is a sentence, and leaves nothing by half',
  async (_, leaving, sentence) => {
    disk.fill({ leaving })
    expect(await start().ended()).toBe(1)
    expect(child.err).toMatch(sentence)
    expect(child.err).not.toMatch(/\n {4}at /)
    const kept = ['app-key', 'ballast', 'database.json']
    expect(readdirSync(disk.folder).filter((name) => !kept.includes(name))).toEqual([])
  },
)

test('full under load, 503 says so, and once there is room again it goes on as if nothing had been', async () => {
  const url = await start().ready()
  const browser = await setUpReseller(url)
  const customers = await makeCustomers(browser, ['Ada', 'Bo'])
  const load = new Load({ browser, csrf: await tokenOf(browser), customers, workers: 6 })
  load.start()
  await waitFor(() => load.acknowledged.length > 20, { what: 'postings before' })
  disk.fill()
  await waitFor(() => load.seen.unavailable.length > 20, { msMax: 60_000, what: 'postings refused' })
  expect(load.seen.unavailable.map(({ text }) => text)).toEqual(
    load.seen.unavailable.map(() => expect.stringContaining(FULL)),
  )
  await failLogins(url, FULL)

  // With the next piece of the write-ahead log the server itself goes down, and cannot come back.
  await beginNextPiece()
  await waitFor(() => child.err.includes('The database server ended unexpectedly'), { what: 'its end' })
  await failLogins(url, FULL)
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({
    ready: false,
    database: 'disk space unavailable',
  })
  const before = load.acknowledged.length
  disk.makeRoom()
  await waitFor(() => child.out.includes('The database server is back.'), { what: 'the server to be back' })
  await logInOwner(url)
  await waitFor(() => load.acknowledged.length > before + 50, { what: 'postings afterwards' })
  await load.stop()

  expect(`${child.out}${child.err}`.match(/^The database server (?:ended|did not).*$/gm)).toEqual([
    expect.stringMatching(/ended unexpectedly: could not write to file ".*": No space left on device\. /),
  ])
  expect(load.seen.unexpected).toEqual([])
  expect(load.seen.broken).toEqual([])
  for (const { retryAfter, text } of load.seen.unavailable) {
    expect(retryAfter).toMatch(/^\d+$/)
    // While it comes back, once there is room again.
    expect([FULL, AWAY].some((sentence) => text.includes(sentence))).toBe(true)
  }
  await proveMoney(load)
})

test('a start later on is a sentence too, and the database is whole once there is room', async () => {
  disk.fill()
  expect(await start().ended()).toBe(1)
  expect(child.err).toMatch(
    /^The disk is full, so \S+\/purser\.lock cannot be written\. Free some space, then try again\.\n$/,
  )
  disk.makeRoom()
  await logInOwner(await start().ready())
})

/** Logs in with the right password until so many have failed, each saying this. */
async function failLogins(url: string, sentence: string): Promise<void> {
  let failed = 0
  for (let turn = 0; failed < FAILED_LOGINS; turn++) {
    expect(turn).toBeLessThan(LOGINS_MAX)
    const answer = await tryLoginOfOwner(url)
    if (answer.status === 303) continue
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining(sentence)])
    failed += 1
  }
}

/** Asks the server for another piece of its log than the ones it has, until it is gone. */
async function beginNextPiece(): Promise<void> {
  const { superUrl = '' } = runningEmbedded(disk.folder) ?? {}
  await waitFor(async () => {
    const client = new pg.Client(superUrl)
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('select pg_switch_wal()')
      return false
    } catch {
      return true
    } finally {
      await client.end().catch(() => {})
    }
  })
}

/** What was acknowledged is there, once, and nothing else; and the books are right. */
async function proveMoney(load: Load): Promise<void> {
  const database = connect(runningEmbedded(disk.folder)?.appUrl ?? '', { onError: () => {} })
  try {
    const postings = await database.prisma.posting.findMany({ select: { key: true } })
    expect(postings.map(({ key }) => key).toSorted()).toEqual(
      load.acknowledged.map(({ key }) => key).toSorted(),
    )
  } finally {
    await disconnect(database)
  }
  const verified = await runCommand('ledger:verify', [], { DATA_DIR: disk.folder })
  expect(verified).toMatchObject({ code: 0, err: '' })
  expect(verified.out).toContain(`${load.acknowledged.length} entries of 2 accounts`)
}
