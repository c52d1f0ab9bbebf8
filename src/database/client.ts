import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient, type Prisma } from '../generated/prisma/client.ts'

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

interface ConnectOptions {
  /** Connections at most. */
  max?: number
  /** Every transaction on these connections is READ ONLY, and a write fails with SQLSTATE 25006. */
  readOnly?: boolean
  /** Every statement is prepared and its plan kept: for one long piece of work that says the same few things again and again. */
  keepsPlans?: boolean
  onError: (error: Error) => void
}

/**
 * Opens a pool to `url` and Prisma over it. Waits are bounded everywhere, because Prisma's own limits do not stop a running
 * statement: 5 s for a connection, 15 s for a statement, 5 s for a lock, 15 s idle in a transaction.
 */
export function connect(url: string, options: ConnectOptions): Database {
  const { keepsPlans = false, onError } = options
  const pool = openPool(url, options)
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, {
      onPoolError: onError,
      ...(keepsPlans && {
        statementNameGenerator: ({ sql }) => createHash('sha1').update(sql).digest('hex'),
      }),
    }),
  })
  return { prisma, pool }
}

/** The pool alone, with the same bounds. */
export function openPool(
  url: string,
  { max = 10, readOnly = false, onError }: Omit<ConnectOptions, 'keepsPlans'>,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
    application_name: readOnly ? 'purser-readonly' : 'purser',
    // Catalogs are read: there an interval is written as the connection says.
    // Workers that help one statement are taken from all others: with them, one person's rare word keeps every core busy.
    options: `-c timezone=UTC -c intervalstyle=postgres -c max_parallel_workers_per_gather=0${readOnly ? ' -c default_transaction_read_only=on' : ''}`,
  })
  // Without a listener, a connection that the server closes while idle would end the process.
  pool.on('error', onError)
  return pool
}

/** Closes Prisma and the pool; statements under way are finished first. */
export async function disconnect({ prisma, pool }: Database) {
  await prisma.$disconnect()
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
