import { type Logger, destination } from 'pino'
import type { Config } from '../config.ts'
import { type Database, connect, disconnect, openPool } from '../database/client.ts'
import { JOB_CONNECTIONS, type PoolSizes, connectionsFor } from '../database/connections.ts'
import { openQueue } from '../jobs/queue.ts'
import { deriveKeys } from '../keys.ts'
import { openLog } from '../log.ts'
import type { Services } from '../services.ts'

/**
 * Connects to the database as the application, and puts together what handlers and jobs work with. The pools have the sizes of a Purser
 * in one process, unless `sizes` says otherwise; with `serves`, people wait for what they are asked.
 */
export function openServices(
  config: Config,
  appUrl: string,
  { sizes = connectionsFor(1).primary, serves = false }: { sizes?: PoolSizes; serves?: boolean } = {},
): Services {
  const log = openLog(config, destination(2))
  const onError = tellsLost(log)
  const use = serves ? 'page' : 'work'
  return {
    config,
    database: connect(appUrl, { use, max: sizes.pages, onError }),
    readOnlyDatabase: connect(appUrl, { use, max: sizes.readOnly, readOnly: true, onError }),
    files: openPool(appUrl, { use: 'file', max: sizes.files, readOnly: true, onError }),
    keys: deriveKeys(config.appKey, config.previousAppKeys),
    queue: openQueue(),
    log,
    ending: new AbortController(),
  }
}

/** The same database for jobs beside pages: with connections of their own, and the limits of work. */
export function openJobDatabase({ log }: Services, appUrl: string): Database {
  return connect(appUrl, { max: JOB_CONNECTIONS, onError: tellsLost(log) })
}

const tellsLost = (log: Logger) => (error: Error) => log.warn({ err: error }, 'database connection lost')

/** Closes what openServices() opened; statements under way are finished first. */
export async function closeServices({ database, readOnlyDatabase, files }: Services): Promise<void> {
  await Promise.all([disconnect(database), disconnect(readOnlyDatabase), files.end()])
}
