import { destination, pino } from 'pino'
import type { Config } from '../config.ts'
import { connect, disconnect } from '../database/client.ts'
import { openQueue } from '../jobs/queue.ts'
import { deriveKeys } from '../keys.ts'
import type { Services } from '../services.ts'

/** Connects to the database as the application, and puts together what handlers and jobs work with. */
export function openServices(config: Config, appUrl: string): Services {
  const log = pino({ level: config.logLevel }, destination(2))
  const onError = (error: Error) => log.warn({ err: error }, 'database connection lost')
  const database = connect(appUrl, { onError })
  return {
    config,
    database,
    readOnlyDatabase: connect(appUrl, { max: 5, readOnly: true, onError }),
    keys: deriveKeys(config.appKey, config.previousAppKeys),
    queue: openQueue(),
    log,
  }
}

/** Closes what openServices() opened; statements under way are finished first. */
export async function closeServices({ database, readOnlyDatabase }: Services): Promise<void> {
  await Promise.all([disconnect(database), disconnect(readOnlyDatabase)])
}
