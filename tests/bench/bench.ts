// npm run bench: what the portal takes for what people do all day, as a share of a bare server on the same PostgreSQL in the same run.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { APP_KEY_FILE } from '../../src/app-key.ts'
import { runningEmbedded } from '../../src/database/embedded.ts'
import { PurserProcess } from '../support/process.ts'
import { Visitor, tokenOf, valueOf } from '../support/visit.ts'
import { type Job, type Sender, drive, forkChild } from './drive.ts'
import { measureFirstVisit } from './first-visit.ts'
import { type Operation, findDeepPlaces, operationsOf } from './operations.ts'
import { cookiesOf, credentialsOf, emailsFor, logIn } from './people.ts'
import { preparePlace } from './place.ts'
import { type ProcessTree, countOf, cpuMsOf, memoryMibOf, serverPid } from './processes.ts'
import { type Line, type Round, tableOf } from './report.ts'
import { StatementCounter } from './statements.ts'

const USAGE = `Usage: npm run bench [-- OPTIONS]
  --size 10000         customers: 10000, 100000 or 1000000, or another number from 1000 on
  --rounds 3           rounds, in which the bare server and the portal take turns; the table has the middle one
  --seconds 10         seconds for each operation, server and round
  --lists 60           seconds of lists before memory is measured again
  --encoding br        what requests accept; by itself nothing, so that the bytes are those of the page
  --only list,details  only operations whose names begin so
  --keep DIR           keeps the filled data folder for other runs; npm start and the commands run on it with DATA_DIR=DIR`

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    lists: { type: 'string', default: '60' },
    encoding: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

/** Of one process, as a single core can be kept busy by. */
const CONNECTIONS = 16
const WARM_UP_SECONDS = 2
/** The statements of a request are counted so often. The least is taken: the others had background work beside them. */
const COUNTED_TIMES = 5

const size = Number(values.size)
const seconds = Number(values.seconds)
const tell = (sentence: string) => console.info(sentence)

/** A server that is measured. */
interface Server {
  url: string
  tree: ProcessTree
  /** Those who are logged in, and those who are about to be. */
  people: Sender[]
  visitors: Sender[]
}

if (values.help) tell(USAGE)
else await main()

async function main() {
  if (!(Number.isSafeInteger(size) && size >= 1_000)) throw new Error(USAGE)
  const dataDir = values.keep ?? mkdtempSync(path.join(os.tmpdir(), 'purser-bench-'))
  try {
    mkdirSync(dataDir, { recursive: true })
    await preparePlace({ dataDir, size, connections: CONNECTIONS, onProgress: tell })
    await measureAll(dataDir)
  } finally {
    if (!values.keep) rmSync(dataDir, { recursive: true, force: true })
  }
}

async function measureAll(dataDir: string) {
  const purser = new PurserProcess({ env: { DATA_DIR: dataDir, WEB_CONCURRENCY: '1' } })
  const driver = forkChild('drive-child.ts')
  try {
    const url = await purser.ready()
    const databaseUrl = runningEmbedded(dataDir)?.ownerUrl ?? ''
    const places = await findDeepPlaces(databaseUrl, size)
    const operations = operationsOf(size, places).filter(({ name }) => isWanted(name))
    tell(
      `\n${os.cpus().length} cores (${os.cpus()[0]?.model}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node.js ${process.version}, ` +
        `load ${os.loadavg()[0]?.toFixed(1)}; ${size} customers, ${CONNECTIONS} connections, ${values.rounds} rounds of ${seconds} s\n`,
    )
    const tree = { root: purser.pid, without: serverPid(dataDir) }
    const portal = await openPortal(url, tree)
    await measureMemory(portal, driver)
    const statements = await countStatements(dataDir, operations)
    const bare = await startBare(databaseUrl)
    try {
      const lines = await measureRounds(operations, {
        portal,
        bare: bare.server,
        driver,
        database: tree.without,
      })
      tell(`\n${tableOf(lines.map((line) => ({ ...line, statements: statements.get(line.name) ?? null })))}`)
    } finally {
      await ended(bare.child)
    }
    const { requests, kilobytes } = await measureFirstVisit(url)
    tell(`\nFirst visit (login, then the list): ${requests} requests, ${kilobytes.toFixed(0)} kB`)
  } finally {
    await ended(driver)
    await purser.end('SIGTERM')
  }
}

function isWanted(name: string): boolean {
  return values.only === '' || values.only.split(',').some((beginning) => name.startsWith(beginning))
}

/** Ends a process that ends when nobody is connected to it. */
async function ended(child: ChildProcess) {
  if (child.exitCode !== null) return
  child.disconnect()
  await once(child, 'exit')
}

/** Logs everybody in, and fetches the form of the login for everybody once more. */
async function openPortal(url: string, tree: ProcessTree): Promise<Server> {
  const emails = emailsFor(CONNECTIONS)
  const people: Sender[] = []
  const visitors: Sender[] = []
  for (const email of emails) {
    const browser = await logIn(new Visitor(url), email)
    // The page of the token sets its cookie.
    const token = await tokenOf(browser)
    people.push({ cookie: cookiesOf(browser), csrf: token })
    const visitor = new Visitor(url)
    const csrf = valueOf(await visitor.get('/login'), 'csrf') ?? ''
    visitors.push({ cookie: cookiesOf(visitor), csrf, fields: credentialsOf(email) })
  }
  return { url, tree, people, visitors }
}

async function startBare(databaseUrl: string): Promise<{ server: Server; child: ChildProcess }> {
  const child = forkChild('bare-child.ts', { DATABASE_URL: databaseUrl })
  const [url] = (await once(child, 'message')) as [string]
  const browser = new Visitor(url)
  const credentials = credentialsOf(emailsFor(1)[0] ?? '')
  await browser.post('/login', credentials)
  const page = await browser.get('/customers')
  const customer = /\/customers\/(\w+)"/.exec(page.text)?.[0].slice(0, -1) ?? ''
  const csrf = valueOf(await browser.get(customer), 'csrf') ?? ''
  const visitors = [{ cookie: '', csrf: '', fields: credentials }]
  return {
    server: { url, tree: { root: child.pid ?? 0 }, people: [{ cookie: cookiesOf(browser), csrf }], visitors },
    child,
  }
}

async function measureMemory(portal: Server, driver: ChildProcess) {
  const say = (when: string) =>
    tell(`Memory ${when}: ${memoryMibOf(portal.tree).toFixed(0)} MiB in ${countOf(portal.tree)} process(es)`)
  say('after start and login')
  if (!(Number(values.lists) > 0)) return
  const list: Operation = { name: 'list', method: 'GET', path: '/customers', barePath: '', status: 200 }
  await drive(driver, jobFor(list, portal, list.path, Number(values.lists)))
  say(`after ${values.lists} s of lists`)
}

function jobFor(
  { method, fields, status, isLogin }: Operation,
  server: Server,
  at: string,
  time: number,
): Job {
  return {
    ...{ url: server.url, method, path: at, fields, status, size, encoding: values.encoding },
    ...{ people: isLogin ? server.visitors : server.people, connections: CONNECTIONS, seconds: time },
  }
}

async function measureRounds(
  operations: readonly Operation[],
  servers: { portal: Server; bare: Server; driver: ChildProcess; database: number },
): Promise<Omit<Line, 'statements'>[]> {
  const lines = operations.map((operation) => ({ operation, rounds: [] as { bare: Round; purser: Round }[] }))
  for (const { operation } of lines) {
    await mustAnswer(operation, servers.portal, operation.path)
    await mustAnswer(operation, servers.bare, operation.barePath)
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { operation, rounds } of lines) {
      // In turn, so that whatever else the machine does meets both.
      const bare = await measure(operation, servers.bare, operation.barePath, servers)
      const purser = await measure(operation, servers.portal, operation.path, servers)
      rounds.push({ bare, purser })
      const share = (purser.rate / bare.rate).toFixed(3)
      tell(
        `round ${round + 1}, ${operation.name}: ${purser.rate.toFixed(0)} of ${bare.rate.toFixed(0)} a second (${share})`,
      )
    }
  }
  return lines.map(({ operation: { name }, rounds }) => ({ name, rounds }))
}

async function measure(
  operation: Operation,
  server: Server,
  at: string,
  { driver, database }: { driver: ChildProcess; database: number },
): Promise<Round> {
  await drive(driver, jobFor(operation, server, at, Math.min(WARM_UP_SECONDS, seconds)))
  const before = { app: cpuMsOf(server.tree), database: cpuMsOf({ root: database }) }
  const driven = await drive(driver, jobFor(operation, server, at, seconds))
  const appMs = (cpuMsOf(server.tree) - before.app) / driven.count
  const databaseMs = (cpuMsOf({ root: database }) - before.database) / driven.count
  return { ...driven, appMs, databaseMs }
}

/** A page that is not what it should be would be measured as a fast one. */
async function mustAnswer({ name, method, rows }: Operation, { url, people }: Server, at: string) {
  if (method !== 'GET') return
  const customer = at.includes('{customer}')
  const page = await new Visitor(url).get(at.replace('{customer}', ''), { Cookie: people[0]?.cookie ?? '' })
  const found = new Set([...page.text.matchAll(/href="[^"]*\/customers\/(\d+)"/g)].map(([, id]) => id)).size
  if (!customer && (page.status !== 200 || found < (rows ?? 0)))
    throw new Error(`${name}: ${at} answered ${page.status} with ${found} of ${rows} customers.`)
}

/** Sends each request some times to another Purser on the same database, whose statements are counted on their way. */
async function countStatements(
  dataDir: string,
  operations: readonly Operation[],
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const database = runningEmbedded(dataDir)
  if (!database) return counts
  const counter = await StatementCounter.before(database.appUrl)
  const driver = forkChild('drive-child.ts')
  const ownDir = mkdtempSync(path.join(os.tmpdir(), 'purser-bench-'))
  const purser = new PurserProcess({
    env: {
      DATA_DIR: ownDir,
      APP_KEY: readFileSync(path.join(dataDir, APP_KEY_FILE), 'utf8').trim(),
      DATABASE_URL: counter.through(database.appUrl),
      DATABASE_OWNER_URL: counter.through(database.ownerUrl),
    },
  })
  try {
    const portal = await openPortal(await purser.ready(), { root: purser.pid })
    for (const operation of operations) {
      const job = { ...jobFor(operation, portal, operation.path, 0), connections: 1 }
      const counted: number[] = []
      for (let time = 0; time < COUNTED_TIMES; time++) {
        const before = counter.count
        await drive(driver, job)
        counted.push(counter.count - before)
      }
      counts.set(operation.name, Math.min(...counted))
    }
  } finally {
    await ended(driver)
    await purser.end('SIGTERM')
    counter.close()
    rmSync(ownDir, { recursive: true, force: true })
  }
  return counts
}
