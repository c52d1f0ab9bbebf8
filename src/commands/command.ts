import type pg from 'pg'
import type { Caller } from '../actions/caller.ts'
import { type Config, readConfig, readPlaces } from '../config.ts'
import { readClock } from '../database/clock.ts'
import { connected } from '../database/connection.ts'
import { STARTING, runningEmbedded } from '../database/embedded.ts'
import { isDatabaseLost } from '../database/failures.ts'
import { areFunctionsPending, FUNCTIONS } from '../database/functions.ts'
import { readInstallation } from '../database/installation.ts'
import { pendingMigrations } from '../database/migrations.ts'
import { endLoginAsSessions } from '../login-as/end.ts'
import { endWithSessions } from '../people/sessions.ts'
import { NO_REQUEST } from '../request-facts.ts'
import type { Services } from '../services.ts'
import {
  type Admission,
  type CommandMay,
  NotAdmitted,
  admitCommand,
  asLastStarted,
  mustHoldDatabase,
} from '../startup/admission.ts'
import { openDatabase, type ReadyDatabase } from '../startup/database.ts'
import { closeServices, openServices } from '../startup/services.ts'
import { complain, sentenceOf, tell } from '../startup/words.ts'
import { whyLinksFail } from '../web/addresses.ts'
import { Refusal } from '../words/refusal.ts'
import { wordsFor } from '../words/words.ts'

/** What people at the terminal read; the portal speaks the reseller's language instead. */
export const inWords = wordsFor('en')

/** The host itself, who acts by its commands: actions that only it may do ask for no actor. */
export const hostCaller = (services: Services): Caller => ({
  actor: undefined as never,
  services,
  request: NO_REQUEST,
})

/** A time for people on the host, whose time zone nobody knows: to the minute. */
export const inUtc = (time: Date) => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** Prints a link that was made, alone on its line, and says where it will not open. */
export function tellLink({ config }: Services, address: string): void {
  tell(address)
  const deadLinks = whyLinksFail(config)
  if (deadLinks) complain(deadLinks)
}

interface Ways {
  /** Where is told that a database is being started: not to stdout, where that is a file. */
  onProgress?: (sentence: string) => void
  /** The exit code where it could not be done. */
  failureCode?: number
  /** The exit code where it may not work on this database at all; without it, the same. */
  notAdmittedCode?: number
  /** Whether it may work on the demo's database. */
  worksOnDemo?: boolean
  /** Whether it may make a database, or work on one that has no reseller yet; any other command then looked in the wrong place. */
  worksOnNothing?: boolean
}

type Work = (services: Services, database: Pick<ReadyDatabase, 'appUrl' | 'ownerUrl'>) => Promise<void>

/**
 * Runs a command of the host: on the database of the Purser that is running, or else on one started for it and stopped afterwards.
 * Whatever it refuses is one sentence on stderr and the exit code 1, or another.
 */
export async function runCommand(
  work: Work,
  {
    onProgress = tell,
    failureCode = 1,
    notAdmittedCode = failureCode,
    worksOnDemo = false,
    worksOnNothing = false,
  }: Ways = {},
): Promise<void> {
  try {
    await withServices(work, { onProgress, worksOnDemo, worksOnNothing })
  } catch (error) {
    complain(error instanceof Refusal ? inWords(error.sentence) : sentenceOf(error))
    process.exitCode = error instanceof NotAdmitted ? notAdmittedCode : failureCode
  }
}

async function withServices(
  work: Work,
  { onProgress, ...may }: Required<Pick<Ways, 'onProgress'>> & CommandMay,
) {
  // Reading the whole configuration makes a key where there is none.
  if (!may.worksOnNothing) mustHoldDatabase(readPlaces())
  const config = readConfig()
  const admit = admitCommand(config, may)
  const database = (await besideRunning(config, admit)) ?? (await openDatabase(config, { admit, onProgress }))
  const services = openServices(asLastStarted(config, database.found), database.appUrl)
  endWithSessions(endLoginAsSessions)
  try {
    await readClock(services.database.pool)
    await work(services, database)
  } finally {
    await closeServices(services)
    await database.stop()
  }
}

/** The embedded database of the Purser that is running on this data folder; null where none is. */
async function besideRunning(config: Config, admit: Admission) {
  const running = config.databaseUrl ? null : runningEmbedded(config.dataDir)
  if (!running) return null
  try {
    const found = await connected(running.appUrl, async (client) => {
      await mustBeReady(client)
      return readInstallation(client)
    })
    admit(found)
    return { ...running, found, stop: async () => {} }
  } catch (error) {
    if (!isDatabaseLost(error)) throw error
    throw new Error(STARTING, { cause: error })
  }
}

/** The Purser beside us migrates its database itself; a command of another version keeps its hands off. */
async function mustBeReady(database: pg.Client) {
  const pending = await pendingMigrations(database)
  if (pending.length === 0 && !(await areFunctionsPending(database, FUNCTIONS))) return
  throw new Error(
    'The Purser that is running here is a different version than this command. Restart it first.',
  )
}
