import pg from 'pg'
import { isAsked } from './asked.ts'

/** A statement as a request sent it. */
export interface Sent {
  text: string
  values: readonly unknown[]
}

/** The statements that requests send from now on, each with each set of values once. */
export function collectSent(): { sent: Sent[]; stop: () => void } {
  const { query } = pg.Client.prototype as { query: (...args: unknown[]) => unknown }
  const known = new Map<string, Sent>()
  const sent: Sent[] = []
  Object.assign(pg.Client.prototype, {
    query(this: pg.Client, ...args: unknown[]) {
      const [first, given] = args as [string | { text: string; values?: unknown[] } | undefined, unknown]
      const text = typeof first === 'string' ? first : first?.text
      if (text !== undefined && isAsked()) {
        const listed = typeof first === 'string' ? given : (first?.values ?? given)
        const values: unknown[] = Array.isArray(listed) ? listed : []
        const key = JSON.stringify([text, values])
        if (!known.has(key)) sent.push({ text, values })
        known.set(key, { text, values })
      }
      return query.apply(this, args)
    },
  })
  return { sent, stop: () => Object.assign(pg.Client.prototype, { query }) }
}

/** What no statement of a page does. */
export interface Bounds {
  /** Goes through a table that has more pages than this from its beginning, and past half of it before it has enough. */
  pagesMax: number
  /**
   * Reads more rows than this, those that do not fit included; or, where the statement says how far it looks, more than that many of each
   * table in which a filter is looked up.
   */
  rowsMax: number
}

/** A step of a plan, as EXPLAIN (FORMAT JSON) says it. */
interface Step {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Sort Space Type'?: string
  'Temp Written Blocks'?: number
  Plans?: Step[]
}

interface Explained {
  Plan: Step
  'Execution Time': number
}

/** What a page may not do that PostgreSQL did for this statement; null for one that writes, which is not run again. */
export async function planFaults(
  client: pg.ClientBase,
  { text, values }: Sent,
  { pagesMax, rowsMax }: Bounds,
): Promise<string[] | null> {
  const plan = await maybeExplained(client, { text, values })
  if (!plan) return null
  const steps = stepsOf(plan.Plan)
  const { rows: large } = await client.query<{ name: string; rows: number }>(
    `select relname as name, reltuples as rows from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relpages > $1`,
    [pagesMax],
  )
  const wholly = steps.filter(
    (step) =>
      step['Node Type'] === 'Seq Scan' &&
      large.some(({ name, rows }) => name === step['Relation Name'] && rowsRead(step) > rows / 2),
  )
  const isSpilt = steps.some(
    (step) => step['Sort Space Type'] === 'Disk' || (step['Temp Written Blocks'] ?? 0) > 0,
  )
  const read = steps.reduce((sum, step) => sum + rowsRead(step), 0)
  return [
    ...wholly.map((step) => `goes through ${step['Relation Name']}`),
    ...(isSpilt ? ['spills to disk'] : []),
    ...(read > Math.max(rowsMax, TABLES_MAX * limitOf(text)) ? [`reads ${read} rows`] : []),
  ]
}

async function maybeExplained(client: pg.ClientBase, { text, values }: Sent): Promise<Explained | null> {
  if (/^\s*(begin|commit|rollback|set|insert|update|delete|declare|fetch|close|listen)\b/i.test(text))
    return null
  await client.query('begin read only')
  try {
    const explain = `explain (analyze, buffers, format json) ${text}`
    const { rows } = await client.query<{ 'QUERY PLAN': Explained[] }>(explain, [...values])
    return rows[0]?.['QUERY PLAN'][0] ?? null
  } catch (error) {
    // A write, or a lock; nothing that a page shows.
    if (error instanceof pg.DatabaseError && error.code === '25006') return null
    throw error
  } finally {
    await client.query('rollback')
  }
}

/** The one whose index is followed, the list's own and that of a filter; and all of these once more to say how far was looked. */
const TABLES_MAX = 6

/** The highest limit that a statement has. */
const limitOf = (text: string) =>
  Math.max(0, ...[...text.matchAll(/\blimit (\d+)/g)].map(([, limit]) => Number(limit)))

const stepsOf = (step: Step): Step[] => [step, ...(step.Plans ?? []).flatMap(stepsOf)]

/** How many rows of a table a step read; an index that is read for a bitmap counts by what it leads to. */
function rowsRead(step: Step): number {
  if (step['Relation Name'] === undefined) return 0
  const each =
    step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Index Recheck'] ?? 0)
  return Math.round(each * step['Actual Loops'])
}
