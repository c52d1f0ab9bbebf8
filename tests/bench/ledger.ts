// npm run bench:ledger: postings per second through HTTP, beside the very same SQL by pgbench on the same server in the same run.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { connect, disconnect } from '../../src/database/client.ts'
import { runningEmbedded } from '../../src/database/embedded.ts'
import { newKey } from '../../src/ledger/facts.ts'
import { PurserProcess } from '../support/process.ts'
import { tokenOf, type Visitor } from '../support/visit.ts'
import { KeptConnection } from './kept-connection.ts'
import { type Measured, measured, middle } from './measured.ts'
import { CONNECTIONS_A_PERSON, SETUP_TOKEN, bringPeople, cookiesOf, setUp } from './people.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
    customers: { type: 'string', default: '200' },
    processes: { type: 'string', default: '1' },
  },
})
const WARM_UP_SECONDS = 10
const SECONDS = Number(values.seconds)
const ROUNDS = Number(values.rounds)
const CONNECTIONS = Number(values.connections)

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-bench-'))
const purser = new PurserProcess({
  env: {
    DATA_DIR: dataDir,
    SETUP_TOKEN,
    WEB_CONCURRENCY: values.processes,
  },
})
try {
  await measureAll(await purser.ready())
} finally {
  await purser.end('SIGTERM')
  rmSync(dataDir, { recursive: true, force: true })
}

async function measureAll(url: string) {
  const owner = await setUp(url)
  const customers = await makeCustomers(owner)
  const people = await bringPeople(owner, { connections: CONNECTIONS, dataDir })
  const appUrl = runningEmbedded(dataDir)?.appUrl ?? ''
  const resellerId = await resellerOf(appUrl)
  console.info(
    `${os.cpus().length} cores (${os.cpus()[0]?.model}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node.js ${process.version}, ` +
      `${CONNECTIONS} connections of ${people.length} people, ${ROUNDS} rounds of ${SECONDS} s each, ${values.processes} process(es)`,
  )
  // Until the server has counted its tables, and the program has been compiled.
  await postOverHttp(url, people, customers, WARM_UP_SECONDS)
  for (const [name, among] of [
    [`spread over ${customers.length} customers`, customers],
    ['all on one customer', customers.slice(0, 1)],
  ] as const) {
    const rounds: { overHttp: Measured; bySql: Measured | null }[] = []
    // Taken in turn, so that whatever else the machine does meets both.
    for (let round = 0; round < ROUNDS; round++) {
      const overHttp = await postOverHttp(url, people, among)
      const bySql = await postByPgbench(appUrl, { resellerId, customers: among })
      rounds.push({ overHttp, bySql })
    }
    report(name, rounds)
  }
}

async function makeCustomers(browser: Visitor): Promise<string[]> {
  const csrf = await tokenOf(browser)
  const ids: string[] = []
  for (let at = 0; at < Number(values.customers); at++) {
    const email = `customer-${at}@customer.example`
    const { location } = await browser.post('/customers', { csrf, email, name: email, teamName: email })
    ids.push(/^\/customers\/(\w+)/.exec(location ?? '')?.[1] ?? '')
  }
  return ids
}

async function resellerOf(appUrl: string): Promise<string> {
  const database = connect(appUrl, { onError: console.error })
  const { id } = await database.prisma.reseller.findFirstOrThrow()
  await disconnect(database)
  return id
}

/** Posts refills for so many seconds from so many connections that are kept open, one form after the other on each, CONNECTIONS_A_PERSON each. */
async function postOverHttp(
  url: string,
  people: readonly Visitor[],
  customers: readonly string[],
  seconds = SECONDS,
): Promise<Measured> {
  const { host, hostname, port } = new URL(url)
  const senders = await Promise.all(
    people.map(async (browser) => ({
      csrf: await tokenOf(browser),
      cookie: cookiesOf(browser),
    })),
  )
  const requestFor = (customer: string, { csrf, cookie }: (typeof senders)[number]) => {
    const fields = { csrf, idempotencyKey: newKey(), amount: '1.00', reason: 'courtesy' }
    const body = new URLSearchParams(fields).toString()
    return (
      `POST /customers/${customer}/refills HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${url}\r\nCookie: ${cookie}\r\n` +
      `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    )
  }
  const took: number[] = []
  const began = performance.now()
  const until = began + seconds * 1000
  const work = async (at: number) => {
    const sender = senders[Math.floor(at / CONNECTIONS_A_PERSON)]
    if (!sender) throw new Error('There are more connections than people for them.')
    const connection = await KeptConnection.open(hostname, Number(port))
    for (let turn = at; performance.now() < until; turn += CONNECTIONS) {
      const sent = performance.now()
      const { status } = await connection.ask(requestFor(customers[turn % customers.length] ?? '', sender))
      if (status !== 303) throw new Error(`A posting answered ${status}.`)
      took.push(performance.now() - sent)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, at) => work(at)))
  return measured(took, (performance.now() - began) / 1000)
}

/** The same statement as src/ledger/post.ts sends, with ids and key made by the server. Null where there is no pgbench. */
async function postByPgbench(
  appUrl: string,
  { resellerId, customers }: { resellerId: string; customers: readonly string[] },
): Promise<Measured | null> {
  if (spawnSync('pgbench', ['--version']).status !== 0) return null
  const script = path.join(dataDir, 'posting.sql')
  const ids = customers.map((id) => `'${id}'`).join(',')
  writeFileSync(
    script,
    `\\set at random(1, ${customers.length})
select post_to_ledger('${resellerId}', (array[${ids}])[:at], gen_random_uuid()::text, jsonb_build_object(
  'posting_id', gen_random_uuid(), 'entry_ids', array[gen_random_uuid(), gen_random_uuid()], 'audit_id', gen_random_uuid(),
  'grant_id', gen_random_uuid(), 'waiting_id', gen_random_uuid(), 'spare_ids', array[gen_random_uuid()], 'v', 2, 'kind', 'refill',
  'fingerprint', 'bench', 'amount', '100', 'reason', 'courtesy', 'comment', '', 'note', '',
  'text_salt', '\\x00112233445566778899aabbccddeeff', 'text_digest', '\\x' || repeat('00', 32),
  'actor_kind', 'staff', 'actor_id', 'bench', 'actor_name', 'owner@northwind.example')) as answer;
`,
  )
  const { hostname, port, username, password, pathname } = new URL(appUrl)
  const words = [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(CONNECTIONS),
    '-j',
    '2',
    '-T',
    String(SECONDS),
    '-f',
    script,
  ]
  const child = spawn('pgbench', [...words, '-h', hostname, '-p', port, '-U', username, pathname.slice(1)], {
    env: { PATH: process.env.PATH, PGPASSWORD: decodeURIComponent(password) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const rate = Number(/tps = ([\d.]+)/.exec(out)?.[1])
  if (!rate) throw new Error(`pgbench: ${out}${err}`)
  const latency = Number(/latency average = ([\d.]+)/.exec(out)?.[1])
  return { rate, median: latency, p99: Number.NaN }
}

function report(name: string, rounds: readonly { overHttp: Measured; bySql: Measured | null }[]) {
  const overHttp = middle(rounds.map((round) => round.overHttp.rate))
  const bySql = middle(rounds.map((round) => round.bySql?.rate ?? Number.NaN))
  const ratio = middle(rounds.map((round) => round.overHttp.rate / (round.bySql?.rate ?? Number.NaN)))
  const tail = middle(rounds.map((round) => round.overHttp.p99 / round.overHttp.median))
  console.info(`\n${name}`)
  console.info(
    `  over HTTP  ${overHttp.toFixed(0)} postings/s, median ${middle(rounds.map((round) => round.overHttp.median)).toFixed(1)} ms, p99 ${tail.toFixed(2)} times that`,
  )
  if (Number.isNaN(bySql))
    console.info(
      '  pgbench is not installed (Debian: postgresql-contrib), so there is nothing to compare with',
    )
  else console.info(`  pgbench    ${bySql.toFixed(0)} postings/s; over HTTP is ${ratio.toFixed(2)} of that`)
}
