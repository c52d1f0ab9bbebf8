import type { Logger } from 'pino'
import type { Database } from '../database/client.ts'

/** A row that is due, by its place in the order of time. */
export interface Due {
  reseller_id: string
  id: string
  at: Date
}

const ROWS_IN_A_BATCH = 100

/**
 * Does something with each row that is due, in the order of time, a batch at a time. `dueAfter` is a statement that gives rows of the
 * form of Due after the time $1 and id $2, at most $3 of them. What fails with one row is logged and left to the next time; the others
 * are done. Ends early when `signal` says so: each row is a piece of work by itself.
 */
export async function eachDue(
  { database: { pool }, log }: { database: Database; log: Logger },
  { dueAfter, what, signal }: { dueAfter: string; what: string; signal: AbortSignal | undefined },
  work: (due: Due) => Promise<void>,
): Promise<void> {
  let last: Pick<Due, 'at' | 'id'> | undefined = {
    at: new Date(0),
    id: '00000000-0000-0000-0000-000000000000',
  }
  while (last) {
    const { rows }: { rows: Due[] } = await pool.query<Due>(dueAfter, [last.at, last.id, ROWS_IN_A_BATCH])
    for (const due of rows) {
      if (signal?.aborted) return
      await work(due).catch((err: unknown) =>
        log.warn({ err, id: due.id }, `${what} failed and will be retried`),
      )
    }
    last = rows.length === ROWS_IN_A_BATCH ? rows.at(-1) : undefined
  }
}
