import type pg from 'pg'
import { type Bind, type Statement, valuesOf } from './cursor.ts'
import { nameOf } from './prepared.ts'

/** Who asks: one request's actor, or whatever else is asked for at once. */
interface Asker {
  database: { pool: pg.Pool }
  reseller: { id: string }
}

/** The columns of a row that are times. */
export type Times<Row> = { [Name in keyof Row as NonNullable<Row[Name]> extends Date ? Name : never]: true }

/** The columns of a row that are numbers beyond what JSON keeps. */
export type BigInts<Row> = {
  [Name in keyof Row as NonNullable<Row[Name]> extends bigint ? Name : never]: true
}

/** SQL for a select, made with `bind`, or with the array of values that it fills. */
type Sql = (bind: Bind, values: unknown[]) => string

/** Rows as JSON: parsed by pg, or the text of it. Null where they were not asked for after all. */
type Answer = Record<string, unknown>[] | string | null

/** What a statement answers: one row with a column for each question. */
export type Answers = Record<number, Answer>

/** Sends a statement that has to be sent in another way than by the pool; null where it was given up. */
export type SendStatement = (statement: Statement) => Promise<Answers | null>

interface Question {
  sql: Sql
  /** What the rows are wanted as. */
  as: 'rows' | 'text'
  by?: SendStatement | undefined
  resolve: (answer: Answer) => void
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
  return askRows(asker, sql, times, { now: true })
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
  const rows = askRows(asker, sql, times, { now: false })
  // Whoever asked it along may never want it.
  rows.catch(() => {})
  return () => {
    send(asker)
    return rows
  }
}

/**
 * As ask(), for the JSON of the rows as a text: whoever knows that text knows the rows. `by`: sends the statement, with all that is asked
 * at this moment; what it gives up is null, and the rest is asked again without it.
 */
export async function askText<By extends SendStatement | undefined = undefined>(
  asker: Asker,
  sql: Sql,
  by?: By,
): Promise<By extends SendStatement ? string | null : string> {
  return (await enqueue(asker, { sql, as: 'text', by }, { now: true })) as string
}

/** The rows in such a JSON. */
export const rowsOf = <Row extends object>(json: string, times: Times<Row>): Row[] =>
  withTimes<Row>(JSON.parse(json) as Record<string, unknown>[], times)

async function askRows<Row extends object>(
  asker: Asker,
  sql: Sql,
  times: Times<Row>,
  when: { now: boolean },
): Promise<Row[]> {
  const rows = await enqueue(asker, { sql, as: 'rows' }, when)
  return withTimes<Row>(rows as Record<string, unknown>[], times)
}

function withTimes<Row extends object>(rows: Record<string, unknown>[], times: Times<Row>): Row[] {
  const names = Object.keys(times)
  for (const row of rows)
    for (const name of names) {
      const value = row[name]
      if (typeof value === 'string') row[name] = new Date(value)
    }
  return rows as Row[]
}

function enqueue(
  asker: Asker,
  question: Pick<Question, 'sql' | 'as' | 'by'>,
  { now }: { now: boolean },
): Promise<Answer> {
  const batch = BATCHES.get(asker) ?? []
  BATCHES.set(asker, batch)
  const answer = new Promise<Answer>((resolve, reject) => {
    batch.push({ ...question, resolve, reject })
  })
  // After all that is asked before anybody waits.
  if (now) void Promise.resolve().then(() => process.nextTick(send, asker))
  return answer
}

/** Of several that are sent in another way, each has a statement of its own; what is asked beside goes with the first. */
function send(asker: Asker) {
  const batch = BATCHES.get(asker)
  if (!batch) return
  BATCHES.delete(asker)
  const [first, ...others] = batch.filter(({ by }) => by)
  void sendTogether(asker, first ? batch.filter((question) => !others.includes(question)) : batch)
  for (const other of others) void sendTogether(asker, [other])
}

async function sendTogether(asker: Asker, batch: readonly Question[]): Promise<void> {
  const by = batch.find((question) => question.by)?.by ?? sendByPool(asker)
  try {
    const answers = await by(togetherSql(asker, batch))
    if (answers === null) return await sendWithout(asker, batch)
    batch.forEach(({ resolve }, place) => resolve(answers[place] ?? null))
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}

/** What could be given up was. */
async function sendWithout(asker: Asker, batch: readonly Question[]) {
  for (const { by, resolve } of batch) if (by) resolve(null)
  const rest = batch.filter(({ by }) => !by)
  if (rest.length > 0) await sendTogether(asker, rest)
}

function togetherSql(asker: Asker, batch: readonly Question[]): Statement {
  const { values, bind } = valuesOf(asker.reseller.id)
  const answers = batch.map(
    ({ sql, as }, place) =>
      `(select coalesce(json_agg(row), '[]')${as === 'text' ? '::text' : ''} from (${sql(bind, values)}) row) as "${place}"`,
  )
  return { text: `select ${answers.join(',\n')}`, values }
}

const sendByPool =
  ({ database }: Asker): SendStatement =>
  async ({ text, values }) => {
    const { rows } = await database.pool.query<Answers>({ name: nameOf(text), text, values })
    return rows[0] ?? null
  }
