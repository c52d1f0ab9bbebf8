import { readConfig } from '../config.ts'
import { disconnect } from '../database/client.ts'
import { isDatabaseLost } from '../database/failures.ts'
import { runningEmbedded } from '../database/embedded.ts'
import { pendingMigrations } from '../database/migrations.ts'
import type { Services } from '../services.ts'
import { openDatabase } from '../startup/database.ts'
import { openServices } from '../startup/services.ts'
import { complain, sentenceOf, tell } from '../startup/words.ts'
import { Refusal } from '../web/refusal.ts'
import { wordsFor } from '../web/words.ts'

/** What people at the terminal read; the portal speaks the reseller's language instead. */
export const inWords = wordsFor('en')

interface Ways {
  /** Where is told that a database is being started: not to stdout, where that is a file. */
  onProgress?: (sentence: string) => void
  /** The exit code where it could not be done. */
  failureCode?: number
}

/**
 * Runs a command of the host: on the database of the Purser that is running, or else on one started for it and stopped afterwards.
 * Whatever it refuses is one sentence on stderr and the exit code 1, or another.
 */
export async function runCommand(
  work: (services: Services) => Promise<void>,
  { onProgress = tell, failureCode = 1 }: Ways = {},
): Promise<void> {
  try {
    await withServices(work, onProgress)
  } catch (error) {
    complain(error instanceof Refusal ? inWords(error.sentence) : sentenceOf(error))
    process.exitCode = failureCode
  }
}

async function withServices(
  work: (services: Services) => Promise<void>,
  onProgress: (sentence: string) => void,
) {
  const config = readConfig()
  const running = config.databaseUrl ? null : runningEmbedded(config.dataDir)
  const database = running ? { ...running, stop: async () => {} } : await openDatabase(config, { onProgress })
  const services = openServices(config, database.appUrl)
  try {
    if (running) await mustBeReady(services)
    await work(services)
  } finally {
    await disconnect(services.database)
    await database.stop()
  }
}

/** The Purser beside us migrates its database itself; a command of another version keeps its hands off. */
async function mustBeReady({ database }: Services) {
  try {
    if ((await pendingMigrations(database.pool)).length === 0) return
  } catch (error) {
    if (!isDatabaseLost(error)) throw error
    throw new Error('A Purser is starting or stopping here right now: try again in a moment.', {
      cause: error,
    })
  }
  throw new Error(
    'The Purser that is running here is of another version than this command: restart it first.',
  )
}
