import { destination, pino } from 'pino'
import type { Config } from '../config.ts'
import { connect } from '../database/client.ts'
import { openQueue } from '../jobs/queue.ts'
import { deriveKeys } from '../keys.ts'
import type { Services } from '../services.ts'

/** Connects to the database as the application, and puts together what handlers and jobs work with. */
export function openServices(config: Config, appUrl: string): Services {
  const log = pino({ level: config.logLevel }, destination(2))
  const database = connect(appUrl, {
    onError: (error) => log.warn({ err: error }, 'database connection lost'),
  })
  return {
    config,
    database,
    keys: deriveKeys(config.appKey, config.previousAppKeys),
    queue: openQueue(database),
    log,
  }
}
