import { AsyncLocalStorage } from 'node:async_hooks'
import { fromPrisma, PgBoss, type Queue as QueueSettings } from 'pg-boss'
import type { Transaction } from '../database/client.ts'
import type { RequestFacts } from '../request-facts.ts'

/** The jobs that Purser leaves for later, and what each of them is told. */
export interface Jobs {
  'send-mail': { resellerId: string; mailId: string }
  'forgotten-password': { email: string } & Partial<RequestFacts>
  /** resellerId: null for every account of the address. */
  'forgotten-customer-password': { email: string; resellerId: string | null } & Partial<RequestFacts>
  'verify-ledger': { resellerId: string; checkId: string }
  /** name: what the tag was called. */
  'follow-tag': { resellerId: string; name: string }
}

export type JobName = keyof Jobs

/** Where jobs are left, in the transaction that causes them: if it rolls back, there was never a job. */
export interface Queue {
  add<Name extends JobName>(db: Transaction, name: Name, about: Jobs[Name]): Promise<void>
}

/** The schema that pg-boss keeps its tables in. The owner's role installs it, see install.ts. */
export const QUEUE_SCHEMA = 'pgboss'

/** A job whose process says nothing of it for so long counts as interrupted: the least that pg-boss allows. */
const HEARTBEAT_SECONDS = 10

const FORGOTTEN = {
  retryLimit: 5,
  retryDelay: 5,
  retryBackoff: true,
  expireInSeconds: 60,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  // Its facts name an address that somebody typed: not kept longer than needed.
  deleteAfterSeconds: 60 * 60,
  notify: true,
} as const

/**
 * How each queue is worked. A job that failed is tried again after a delay that doubles from `retryDelay` to `retryDelayMax`
 * seconds. One whose process was killed misses its heartbeat and is tried again at once (worker.ts), so every job must bear being done
 * twice. `notify` wakes the worker when the transaction commits; polling is for what is due later.
 */
export const QUEUES: Readonly<Record<JobName, Omit<QueueSettings, 'name'>>> = {
  // The mail itself counts its attempts and gives up, after some twelve hours: the queue never does.
  'send-mail': {
    retryLimit: 100_000,
    retryDelay: 30,
    retryBackoff: true,
    retryDelayMax: 3 * 60 * 60,
    expireInSeconds: 120,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    deleteAfterSeconds: 24 * 60 * 60,
    notify: true,
  },
  'forgotten-password': FORGOTTEN,
  'forgotten-customer-password': FORGOTTEN,
  // Reads a whole ledger; after an interruption it starts again.
  'verify-ledger': {
    retryLimit: 3,
    retryDelay: 5,
    expireInSeconds: 60 * 60,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    deleteAfterSeconds: 24 * 60 * 60,
    notify: true,
  },
  // Goes through a reseller's customers; after an interruption it starts again.
  'follow-tag': {
    retryLimit: 10,
    retryDelay: 5,
    retryBackoff: true,
    retryDelayMax: 10 * 60,
    expireInSeconds: 60 * 60,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    deleteAfterSeconds: 24 * 60 * 60,
    notify: true,
  },
}

/**
 * The leaving side of the queue. It opens no connection and takes none from a pool: jobs travel on the transaction that causes them, and
 * so does the looking up of a queue's settings, once for each. (From a pool, as many transactions at once as it has connections would
 * all wait for one more.)
 */
export function openQueue(): Queue {
  const within = new AsyncLocalStorage<Transaction>()
  const executeSql = (text: string, values?: unknown[]) => {
    const db = within.getStore()
    if (!db) throw new Error('The queue is only reached from inside a transaction.')
    return fromPrisma(db).executeSql(text, values)
  }
  const boss = new PgBoss({ schema: QUEUE_SCHEMA, db: { executeSql } })
  return {
    async add(db, name, about) {
      const id = await within.run(db, () => boss.send(name, about, { db: fromPrisma(db) }))
      if (id === null) throw new Error(`The job ${name} was not taken by the queue.`)
    },
  }
}
