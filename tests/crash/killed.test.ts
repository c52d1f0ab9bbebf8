import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, connect, disconnect } from '../../src/database/client.ts'
import { runningEmbedded } from '../../src/database/embedded.ts'
import { SETUP_TOKEN, makeCustomers, setUpReseller } from '../support/first-reseller.ts'
import { Load } from '../support/load.ts'
import { MailServer } from '../support/mail-server.ts'
import { PurserProcess } from '../support/process.ts'
import { verifyLedger } from '../support/rounds.ts'
import { type Visitor, tokenOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

/** How often the process is killed, and after how many milliseconds of load at most. */
const KILLS = 5
const LOAD_MS_MAX = 2_000
/**
 * How long the last mail may take. A job whose process was killed misses its heartbeat (10 s, looked at each 5 s) and is tried again within
 * 3 s; the rest is for a crowded machine.
 */
const MAILS_MS_MAX = 40_000
/** Fixed, so that a run that failed can be repeated: how long each load lasts is taken from it. */
const SEED = Number(process.env.CRASH_SEED ?? 1)

let dataDir: string
let port: number
let child: PurserProcess
const mailServer = new MailServer()
beforeAll(async () => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-crash-'))
  port = await freePort()
  await mailServer.start()
})
afterAll(async () => {
  // In order, so that the database server goes too.
  await child.end('SIGTERM')
  await mailServer.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: free } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return free
}

/** Purser with its own database, as a newcomer runs it: everything acknowledged is on the disk. */
async function start(): Promise<string> {
  child = new PurserProcess({
    env: {
      DATA_DIR: dataDir,
      PORT: String(port),
      SETUP_TOKEN,
      SMTP_URL: `smtp://127.0.0.1:${mailServer.port}`,
      MAIL_FROM: 'purser@northwind.example',
    },
  })
  return child.ready()
}

/** The same fractions for the same seed (Park and Miller). */
function* fractions(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 48_271) % 2_147_483_647
    yield state / 2_147_483_647
  }
}

/** Makes customers without a pause, again and again until each is answered for; each is sent a mail. */
async function invite(browser: Visitor, csrf: string, going: () => boolean): Promise<string[]> {
  const made: string[] = []
  while (going()) {
    const email = `crash-${made.length + 1}@customer.example`
    const form = {
      csrf,
      idempotencyKey: `crash-customer-${made.length + 1}`,
      email,
      name: 'Crash',
      teamName: 'Crash',
    }
    for (;;) {
      const answer = await browser.post('/customers', form).catch(() => null)
      if (answer?.status === 303) break
      if (answer && answer.status !== 503) throw new Error(`${answer.status}: ${answer.text.slice(0, 500)}`)
      await wait(100)
    }
    made.push(email)
  }
  return made
}

test(
  'killed again and again under load, and its database once: what was acknowledged is there once, and nothing by half',
  { timeout: 480_000 },
  async () => {
    const browser = await setUpReseller(await start())
    const csrf = await tokenOf(browser)
    const customers = await makeCustomers(browser, ['Ada', 'Bo'])

    const load = new Load({ browser, csrf, customers, workers: 6 })
    load.start()
    let inviting = true
    const invited = invite(browser, csrf, () => inviting)
    const fraction = fractions(SEED)
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = load.acknowledged.length
      await waitFor(() => load.acknowledged.length > acknowledged, {
        msMax: 60_000,
        what: `postings before kill ${kill}`,
      })
      await wait(fraction.next().value * LOAD_MS_MAX)
      await child.end('SIGKILL')
      await start()
    }
    // pg_ctl stop -m immediate is this signal: the server goes down without writing anything more.
    process.kill(
      Number(readFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]),
      'SIGQUIT',
    )
    const acknowledged = load.acknowledged.length
    await waitFor(() => load.acknowledged.length > acknowledged + 20, {
      msMax: 60_000,
      what: 'postings after the database',
    })
    inviting = false
    await load.stop()
    const addresses = ['ada@customer.example', 'bo@customer.example', ...(await invited)]
    expect(load.seen.unexpected).toEqual([])

    const database = connect(runningEmbedded(dataDir)?.appUrl ?? '', { onError: () => {} })
    try {
      await proveMoney(database, load)
      await proveMails(database, addresses)
    } finally {
      await disconnect(database)
    }
  },
)

async function proveMoney(database: Database, load: Load) {
  const postings = await database.prisma.posting.findMany({ select: { key: true } })
  expect(postings.map(({ key }) => key).toSorted()).toEqual(
    load.acknowledged.map(({ key }) => key).toSorted(),
  )
  expect(await verifyLedger(database, {})).toMatchObject({ fault: null, entries: load.acknowledged.length })
}

/** One customer, one mail for each form, however often it was sent; each mail left, and those that left twice are the same one. */
async function proveMails(database: Database, addresses: readonly string[]) {
  await waitFor(async () => (await database.prisma.mail.count({ where: { state: { not: 'sent' } } })) === 0, {
    msMax: MAILS_MS_MAX,
    what: 'all mails to be sent',
  })
  const customers = await database.prisma.customer.findMany({ select: { email: true } })
  expect(customers.map(({ email }) => email).toSorted()).toEqual([...addresses].toSorted())
  const mails = await database.prisma.mail.findMany({
    where: { template: 'set-password' },
    select: { toEmail: true },
  })
  expect(mails.map(({ toEmail }) => toEmail).toSorted()).toEqual([...addresses].toSorted())
  for (const address of addresses) {
    const delivered = mailServer.mails.filter(({ to }) => to.includes(address))
    expect(delivered.length).toBeGreaterThan(0)
    expect(new Set(delivered.map(({ headers }) => headers['message-id'])).size).toBe(1)
  }
}
