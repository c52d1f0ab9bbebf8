import type pg from 'pg'
import { type Bind, valuesOf } from './cursor.ts'
import { nameOf } from './prepared.ts'

/** Who asks: one request's actor, or whatever else is asked for at once. */
interface Asker {
  database: { pool: pg.Pool }
  reseller: { id: string }
}

/** The columns of a row that are times. */
export type Times<Row> = { [Name in keyof Row as NonNullable<Row[Name]> extends Date ? Name : never]: true }

/** SQL for a select, made with `bind`, or with the array of values that it fills. */
type Sql = (bind: Bind, values: unknown[]) => string

interface Question {
  sql: Sql
  resolve: (rows: Record<string, unknown>[]) => void
  reject: (reason: unknown) => void
}

/** What one asker has asked and not sent yet. */
const BATCHES = new WeakMap<Asker, Question[]>()

/**
 * Asks the database, together with whatever else this actor asks at the same moment: one prepared statement for all of it. A page whose
 * parts are asked for by Promise.all() so costs one statement, and each part stays in the room that it belongs to.
 *
 * `sql` is one select whose $1 is the reseller's id. Its rows come as JSON: a number that may be beyond 2^53 has to be selected as text, and
 * the columns that are times are named in `times`. The text is prepared and kept for each connection, so it never depends on what was typed.
 */
export function ask<Row extends object>(asker: Asker, sql: Sql, times: Times<Row>): Promise<Row[]> {
  return enqueue(asker, sql, times, { now: true })
}

/**
 * The same for what can wait for the next statement that is sent anyway: what a page's frame shows beside the page. Call the function
 * that it gives for the rows; it sends the statement if nothing did.
 */
export function askAlong<Row extends object>(
  asker: Asker,
  sql: Sql,
  times: Times<Row>,
): () => Promise<Row[]> {
  const rows = enqueue(asker, sql, times, { now: false })
  // Whoever asked it along may never want it.
  rows.catch(() => {})
  return () => {
    send(asker)
    return rows
  }
}

function enqueue<Row extends object>(
  asker: Asker,
  sql: Sql,
  times: Times<Row>,
  { now }: { now: boolean },
): Promise<Row[]> {
  const batch = BATCHES.get(asker) ?? []
  BATCHES.set(asker, batch)
  const rows = new Promise<Record<string, unknown>[]>((resolve, reject) => {
    batch.push({ sql, resolve, reject })
  })
  // After all that is asked before anybody waits.
  if (now) void Promise.resolve().then(() => process.nextTick(send, asker))
  const names = Object.keys(times)
  return rows.then((found) => found.map((row) => withTimes<Row>(row, names)))
}

function withTimes<Row extends object>(row: Record<string, unknown>, names: readonly string[]): Row {
  for (const name of names) {
    const value = row[name]
    if (typeof value === 'string') row[name] = new Date(value)
  }
  return row as Row
}

function send(asker: Asker) {
  const batch = BATCHES.get(asker)
  if (!batch) return
  BATCHES.delete(asker)
  const { values, bind } = valuesOf(asker.reseller.id)
  const answers = batch.map(
    ({ sql }, place) =>
      `(select coalesce(json_agg(row), '[]') from (${sql(bind, values)}) row) as "${place}"`,
  )
  const text = `select ${answers.join(',\n')}`
  asker.database.pool
    .query<Record<number, Record<string, unknown>[]>>({ name: nameOf(text), text, values })
    .then(({ rows: [answer] }) => {
      batch.forEach(({ resolve }, place) => resolve(answer?.[place] ?? []))
    })
    .catch((error: unknown) => {
      for (const { reject } of batch) reject(error)
    })
}
