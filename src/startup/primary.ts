import { setTimeout as wait } from 'node:timers/promises'
import { loadDemo } from '../../prisma/demo/load.ts'
import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import { type Database, disconnect } from '../database/client.ts'
import { followClock } from '../database/clock.ts'
import { connectionsFor } from '../database/connections.ts'
import { guardsInPlace } from '../database/guards.ts'
import { type Installation, noteInstallation } from '../database/installation.ts'
import { type JobWorker, startWorker } from '../jobs/worker.ts'
import { keyFingerprintOf } from '../keys.ts'
import { resealFactorSecrets } from '../people/factors.ts'
import { setupAddress } from '../resellers/setup.ts'
import type { Services } from '../services.ts'
import { absoluteAddress, whyLinksFail } from '../web/addresses.ts'
import { admitStart, newKeyInWords } from './admission.ts'
import { openDatabase, type ReadyDatabase } from './database.ts'
import { demoAccounts } from './demo-accounts.ts'
import { forDemo } from './demo.ts'
import { openHandlers } from './jobs.ts'
import { type Listening, listen, tryLocalhost, tryPort } from './listen.ts'
import type { Options } from './options.ts'
import { serveWithProcesses } from './processes.ts'
import { startRounds } from './rounds.ts'
import { closeServices, openJobDatabase, openServices } from './services.ts'
import { complain, tell } from './words.ts'

/** How long requests and jobs under way may still take when the process is to end, in milliseconds. */
const GRACE_MS = 5_000

/** How long a database that is being opened may take to give that up, in milliseconds. */
const GIVING_UP_MS = 3_000

/** What has been started so far; ended in the opposite order. */
interface Parts {
  opening?: Promise<ReadyDatabase>
  database?: ReadyDatabase
  services?: Services
  /** Where jobs do not have that of the services. */
  jobDatabase?: Database
  jobs?: JobWorker & { close(): void }
  serving?: Listening
}

/**
 * The process that owns everything: database, job worker, and, with WEB_CONCURRENCY 1, the web server too; otherwise that many
 * processes serve beside it. Starts from bottom to top and rejects with a sentence where it cannot go on, and where `signal` says that
 * it is to end before the database is open.
 */
export async function startPrimary(
  given: Config,
  parts: Parts,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const onPort = { ...given, port: await tryPort(given) }
  const config = options.demo ? forDemo(onPort) : onPort
  if (options.demo && config.appUrl && new URL(config.appUrl).hostname === 'localhost')
    await tryLocalhost(config)
  parts.opening = openDatabase(config, {
    admit: admitStart(config, options),
    onProgress: tell,
    onGone: ({ message }) => complain(`${message} Restarting it.`),
    signal,
  })
  parts.database = await parts.opening
  const { appUrl, ownerUrl, found } = parts.database
  if (options.newKey) tell(newKeyInWords(config, found))
  const { primary: sizes } = connectionsFor(config.webConcurrency, config.databaseConnections)
  const serves = config.webConcurrency === 1
  const services = openServices(config, appUrl, { sizes, serves })
  parts.services = services
  await followClock(services.database.pool, complain)
  await warnOfMissingGuards(services)
  if (options.demo) await loadDemo(services, { onProgress: tell })
  await resealFactorSecrets(ownerUrl, services.keys)
  await noteInstallation(ownerUrl, startedAs(config, options), found.keyFingerprint)
  if (serves) parts.jobDatabase = openJobDatabase(services, appUrl)
  parts.jobs = await startJobs({ ...services, database: parts.jobDatabase ?? services.database })
  // Checked before the port opens: from then on, losing the database is not a start that failed.
  const setup = await setupAddress(services)
  parts.serving = serves
    ? await listen(createApp(services), services)
    : await serveWithProcesses(config.webConcurrency, handedDown(config, appUrl))
  const deadLinks = whyLinksFail(config)
  if (deadLinks) complain(deadLinks)
  tell(`Purser is ready: ${absoluteAddress(config, '/')}`)
  if (setup) tell(`It has not been set up yet. Open this address, which can be used once: ${setup}`)
  if (!options.demo) return
  tell(demoAccounts())
  if (config.smtpUrl === null)
    tell(
      'E-mails are stored; those to customers can be read under Mails. With DEMO_SENDS_MAIL=1, they are sent through SMTP_URL.',
    )
}

/** Ends what was started: drains, so that what is under way is finished first and the database goes last. */
export async function stopPrimary(parts: Parts): Promise<void> {
  // A migration is rolled back first, and an embedded server that came up for it is stopped.
  await Promise.race([parts.opening?.catch(() => {}), wait(GIVING_UP_MS, undefined, { ref: false })])
  const { database, services, jobDatabase, jobs, serving } = parts
  services?.ending.abort()
  const drainMs = (services?.config.drainSeconds ?? 0) * 1000
  await Promise.all([serving?.stop({ drainMs, graceMs: GRACE_MS }), jobs?.stop(GRACE_MS)])
  jobs?.close()
  const closing = [services && closeServices(services), jobDatabase && disconnect(jobDatabase)]
  await Promise.race([Promise.all(closing), wait(1_000, undefined, { ref: false })])
  await database?.stop()
}

/** What serving processes have to know: the address and the key are the ones of this start, also after `.env` has been changed. */
function handedDown({ port, dataDir, appKey }: Config, appUrl: string): Record<string, string> {
  return {
    DATABASE_URL: appUrl,
    DATA_DIR: dataDir,
    PORT: String(port),
    APP_KEY: appKey.toString('base64'),
  }
}

/** What the database keeps of this start, for the next one and for commands. */
function startedAs(config: Config, { demo }: Options): Installation {
  const address = new URL(absoluteAddress(config, '/')).origin
  return { isDemo: demo, keyFingerprint: keyFingerprintOf(config.appKey), address }
}

async function startJobs(services: Services) {
  const { handlers, mayGoOn, close } = openHandlers(services.config)
  const worker = await startWorker(services, handlers, {
    mayGoOn,
    isAlone: services.config.databaseUrl === null,
  })
  const rounds = startRounds(services)
  const stop = async (msMax?: number) => {
    await Promise.all([worker.stop(msMax), rounds.stop(msMax)])
  }
  return { stop, close }
}

async function warnOfMissingGuards({ database, config }: Services): Promise<void> {
  const { triggers, constraints, grants, alteredFunctions } = await guardsInPlace(database.pool)
  if (!triggers || !constraints) {
    const missing = triggers ? 'constraints' : 'triggers'
    complain(
      `The ${missing} that guard the ledger and the audit log are not all in place. Restore them before you continue.`,
    )
  }
  if (alteredFunctions.length > 0) {
    complain(
      `Functions of the database were changed outside Purser: ${alteredFunctions.join(', ')}. ` +
        'Find out who changed them, and run npm run migrate, which restores them.',
    )
  }
  if (!grants && config.databaseUrl) {
    complain(
      'The role of DATABASE_URL owns the tables, so only triggers guard the ledger and the audit log, and it can read password hashes. ' +
        'Set DATABASE_OWNER_URL to the owner and DATABASE_URL to a separate role.',
    )
  }
}
