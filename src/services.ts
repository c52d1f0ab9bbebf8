import type { Request } from 'express'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Database } from './database/client.ts'
import type { Queue } from './jobs/queue.ts'
import type { Keys } from './keys.ts'

/** What one running Purser holds: made once by server.ts (or a test), reached by handlers through services(req). */
export interface Services {
  config: Config
  database: Database
  /** The same database over connections on which every write fails: a ReadOnly Login's rules get this one. */
  readOnlyDatabase: Database
  /** The same once more, for what is read to be sent as a file: a slow reader of one keeps no page waiting. READ ONLY. */
  files: pg.Pool
  keys: Keys
  queue: Queue
  log: Logger
  /** Aborted when this process is about to end: it goes on serving for a moment, and says to balancers that it is not ready. */
  ending: AbortController
}

/** What this running Purser holds, for a handler. */
export function services(req: Pick<Request, 'app'>): Services {
  const all = req.app.locals.services as Services
  return LOOKING.has(req) ? { ...all, database: all.readOnlyDatabase } : all
}

const LOOKING = new WeakSet<object>()

/** From here on this request writes nothing: the database that its handlers get refuses it. */
export const onlyLookFrom = (req: Request) => LOOKING.add(req)
