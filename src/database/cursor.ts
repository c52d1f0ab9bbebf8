import type pg from 'pg'
import { takeConnection } from './connection.ts'

/** SQL with its values. */
export interface Statement {
  text: string
  values: unknown[]
  /** By which a connection keeps its plan; without it, it is planned each time. */
  name?: string
}

/** A value of a statement: gives its place in the SQL. $1 is the reseller's id. */
export type Bind = (value: unknown) => string

/** The values of a statement whose $1 is this reseller, and what adds to them. */
export function valuesOf(resellerId: string): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [resellerId]
  return { values, bind: (value) => `$${values.push(value)}` }
}

/** Rows are fetched in batches of this size: large enough for few round trips, small enough to need little memory. */
const ROWS_IN_A_BATCH = 500

/**
 * All rows of a statement in one snapshot, in batches, however many there are: through a cursor in a READ ONLY transaction, so that
 * neither side ever holds more than two batches. Keeps a connection of the pool until it is read to its end or left (`return()`), and is cut
 * off by the database when nothing is fetched for a minute. `soon`: planned for the first row to come soon, or for the last one to,
 * which may sort all of it on the disk before the first one comes.
 */
export async function* readAll<Row extends object>(
  pool: pg.Pool,
  { text, values }: Statement,
  { soon = 'first' }: { soon?: 'first' | 'last' } = {},
): AsyncGenerator<Row[], void, undefined> {
  const { client, giveBack } = await takeConnection(pool)
  let spent = false
  const isSpent = () => {
    spent = true
  }
  try {
    await client.query('begin read only; set local idle_in_transaction_session_timeout = 60000')
    if (soon === 'last') await client.query('set local cursor_tuple_fraction = 1')
    await client.query(`declare everything no scroll cursor for ${text}`, values)
    const fetchBatch = () => {
      const batch = client.query<Row>(`fetch ${ROWS_IN_A_BATCH} from everything`)
      // It is told when its turn comes, or to nobody, where that is left before.
      batch.catch(() => {})
      return batch
    }
    for (let next = fetchBatch(); ;) {
      const { rows } = await next
      const isLast = rows.length < ROWS_IN_A_BATCH
      // The database looks for the next ones while these are used.
      if (!isLast) next = fetchBatch()
      if (rows.length > 0) yield rows
      if (isLast) return
    }
  } catch (error) {
    isSpent()
    throw error
  } finally {
    // A connection that failed is not used again; a whole one only has to leave its transaction.
    if (!spent) await client.query('rollback').catch(isSpent)
    giveBack({ spent })
  }
}
