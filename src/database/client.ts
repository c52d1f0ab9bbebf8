import { hash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts'
import { CarefulPool, type Patience } from './careful-pool.ts'
import { UNREAD_FIELDS } from './rights.ts'

/**
 * A way to the database: Prisma's models, and beneath them the same pool for the few statements that are written by hand
 * because they are hot (a posting, a list page).
 */
export interface Database {
  prisma: PrismaClient
  pool: pg.Pool
}

/** What a rule writes with inside transaction(). */
export type Transaction = Prisma.TransactionClient

/** What waits for the database. */
const PATIENCE = {
  /** Somebody in front of a page: answered within six seconds, also by a database that is silent. */
  page: { connectMsMax: 2_000, lockMsMax: 1_500, statementMsMax: 3_000, takesLong: false },
  /** A file on its way out, which has to be found first and may be long. */
  file: { connectMsMax: 2_000, lockMsMax: 1_500, statementMsMax: 15_000, takesLong: true },
  /** Jobs, rounds and commands, for which nobody sits waiting. */
  work: { connectMsMax: 5_000, lockMsMax: 5_000, statementMsMax: 15_000, takesLong: true },
} as const satisfies Readonly<Record<string, Patience>>

interface ConnectOptions {
  /** What its connections are for; without it, for work. */
  use?: keyof typeof PATIENCE
  /** Connections at most. */
  max?: number
  /** Every transaction on these connections is READ ONLY, and a write fails with SQLSTATE 25006. */
  readOnly?: boolean
  /** Every statement is prepared and its plan kept: for one long piece of work that says the same few things again and again. */
  keepsPlans?: boolean
  onError: (error: Error) => void
}

/**
 * Opens a pool to `url` and Prisma over it. Waits are bounded everywhere (see PATIENCE), because Prisma's own limits do not stop a running
 * statement. Nobody is idle in a transaction for more than 15 s.
 */
export function connect(url: string, options: ConnectOptions): Database {
  const { keepsPlans = false, onError } = options
  const pool = openPool(url, options)
  const newClient = () =>
    new PrismaClient({
      omit: UNREAD_FIELDS as Prisma.PrismaClientOptions['omit'],
      adapter: new PrismaPg(pool, {
        onPoolError: unlessEnding(pool, onError),
        ...(keepsPlans && {
          statementNameGenerator: ({ sql }) => hash('sha1', sql, 'hex'),
        }),
      }),
    })
  return {
    get prisma() {
      const client = CLIENTS.get(pool) ?? newClient()
      CLIENTS.set(pool, client)
      return client
    },
    pool,
  }
}

/** Each is made when it is first used, as it takes ten megabytes. */
const CLIENTS = new WeakMap<pg.Pool, PrismaClient>()

/** The pool alone, with the same bounds. */
export function openPool(
  url: string,
  { use = 'work', max = 10, readOnly = false, onError }: Omit<ConnectOptions, 'keepsPlans'>,
): pg.Pool {
  const settings = {
    connectionString: url,
    max,
    idle_in_transaction_session_timeout: 15_000,
    application_name: readOnly ? 'purser-readonly' : 'purser',
    // Catalogs are read: there an interval is written as the connection says.
    // Workers that help one statement are taken from all others: with them, one person's rare word keeps every core busy.
    options: `-c timezone=UTC -c intervalstyle=postgres -c max_parallel_workers_per_gather=0${readOnly ? ' -c default_transaction_read_only=on' : ''}`,
  }
  const pool = new CarefulPool(settings, PATIENCE[use])
  // Without a listener, a connection that the server closes while idle would end the process.
  pool.on('error', unlessEnding(pool, onError))
  return pool
}

/** A connection that breaks while its pool is being closed was not lost: the embedded server may stop before it has said goodbye. */
const unlessEnding = (pool: pg.Pool, onError: ConnectOptions['onError']) => (error: Error) => {
  if (!pool.ending) onError(error)
}

/** Closes Prisma and the pool; statements under way are finished first. */
export async function disconnect({ pool }: Database) {
  await CLIENTS.get(pool)?.$disconnect()
  if (!pool.ended) await pool.end()
}

/**
 * Runs `work` in one READ COMMITTED transaction on the actor's database. What `work` read is not locked: put the condition
 * into the write, or lock the row first.
 */
export function transaction<Result>(
  on: { database: Database },
  work: (db: Transaction) => Promise<Result>,
): Promise<Result> {
  return on.database.prisma.$transaction(work, { maxWait: 5_000, timeout: 15_000 })
}
