import type { AddressInfo } from 'node:net'
import http from 'node:http'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { type Database, connect, disconnect, openPool } from '../../src/database/client.ts'
import { deriveKeys } from '../../src/keys.ts'
import { openLog } from '../../src/log.ts'
import { openHandlers } from '../../src/startup/jobs.ts'
import { tryPort } from '../../src/startup/listen.ts'
import { openQueue } from '../../src/jobs/queue.ts'
import { startWorker } from '../../src/jobs/worker.ts'
import type { Services } from '../../src/services.ts'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'
import { type Cast, type Member, PASSWORD, castIn, makeCast } from './cast.ts'
import { CAST_TEMPLATE, castTemplate } from './cast-template.ts'
import { APP_KEY } from './app-key.ts'
import { asked } from './asked.ts'
import { Visitor } from './visit.ts'

/** A whole Purser that serves on loopback from a database of its own, with nobody in it. */
export interface EmptyPurser {
  services: Services
  database: ClonedDatabase
  /** The same database as the role that owns its tables: for a scene that the application's role may not set, such as a time in the past. */
  owner: Database
  url: string
  /** A browser that nobody has logged in with. */
  visitor(): Visitor
  /** A browser in which this customer of northwind has logged in through the console's login page. */
  asCustomer(customer: { email: string }, password?: string): Promise<Visitor>
  /** A browser in which this staff member has logged in through the login page. */
  as(member: Member): Promise<Visitor>
  stop(): Promise<void>
}

/** The same with the cast. */
export type RunningPurser = EmptyPurser & Cast

interface Options {
  /** Further environment, such as SMTP_URL. */
  env?: Record<string, string>
  /** It is reached at http://localhost, which is its APP_URL, so that passkeys can be used. */
  atLocalhost?: boolean
  /** Works the job queue too, looking often. Without it jobs are left and nobody does them. */
  works?: boolean
  /** Where its log goes, a line each; with LOG_LEVEL in `env`. */
  log?: string[]
  /** A database of the test's own making; without it, an empty one. */
  database?: ClonedDatabase
}

/** Starts Purser with the cast for one test file. Call stop() in afterAll. */
export async function startPurser(options: Omit<Options, 'database'> = {}): Promise<RunningPurser> {
  const facts = await castTemplate(makeCastTemplate)
  const database = await cloneDatabase({ template: CAST_TEMPLATE })
  const purser = await startEmptyPurser({ ...options, database })
  return { ...purser, ...castIn(facts, purser.services, purser.owner) }
}

async function makeCastTemplate(database: ClonedDatabase) {
  const purser = await startEmptyPurser({ database: { ...database, drop: async () => {} } })
  try {
    return await makeCast(purser.services, purser.owner)
  } finally {
    await purser.stop()
  }
}

/** Starts Purser as it is before anybody has set it up. */
export async function startEmptyPurser({
  env = {},
  atLocalhost = false,
  works = false,
  log: lines = [],
  database: given,
}: Options = {}): Promise<EmptyPurser> {
  const database = given ?? (await cloneDatabase())
  const port = atLocalhost ? await tryPort({ host: '127.0.0.1', port: 0 }) : 0
  const config = readConfig({
    NODE_ENV: 'test',
    APP_KEY,
    LOG_LEVEL: 'silent',
    PORT: String(port),
    ...(atLocalhost && { APP_URL: `http://localhost:${port}` }),
    DATABASE_URL: database.appUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    ...env,
  })
  const log = openLog(config, { write: (line: string) => lines.push(line) })
  const connected = connect(database.appUrl, { max: 20, onError: () => {} })
  const readOnly = connect(database.appUrl, { max: 5, readOnly: true, onError: () => {} })
  const owner = connect(database.ownerUrl, { max: 5, onError: () => {} })
  const files = openPool(database.appUrl, { max: 6, readOnly: true, onError: () => {} })
  const services: Services = {
    config,
    database: connected,
    readOnlyDatabase: readOnly,
    files,
    keys: deriveKeys(config.appKey),
    queue: openQueue(),
    log,
    ending: new AbortController(),
  }
  const jobs = openHandlers(config)
  const worker = works
    ? await asked(() => startWorker(services, jobs.handlers, { pollSeconds: 0.5, mayGoOn: jobs.mayGoOn }))
    : null
  const app = createApp(services)
  const server = http.createServer((req, res) => asked(() => app(req, res)))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const host = atLocalhost ? 'localhost' : '127.0.0.1'
  const url = `http://${host}:${(server.address() as AddressInfo).port}`
  const visitor = () => new Visitor(url)
  return {
    services,
    database,
    owner,
    url,
    visitor,
    as: async (member) => {
      const browser = visitor()
      const login = await browser.get('/login')
      const answer = await browser.submit(login, { email: member.email, password: PASSWORD })
      if (answer.status !== 303) throw new Error(`${member.email} could not log in: ${answer.status}`)
      return browser
    },
    asCustomer: async ({ email }, password = PASSWORD) => {
      const browser = visitor()
      const login = await browser.get('/console/northwind/login')
      const answer = await browser.submit(login, { email, password })
      if (answer.status !== 303) throw new Error(`${email} could not log in: ${answer.status}`)
      return browser
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await worker?.stop()
      jobs.close()
      await disconnect(connected)
      await disconnect(readOnly)
      await disconnect(owner)
      await files.end()
      await database.drop()
    },
  }
}
