import type pg from 'pg'
import { ConcurrencyLimit, ConcurrencyLimits, LimitReached, type Slot } from '../concurrency-limit.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { counted } from './allowance.ts'
import { takeConnection } from './connection.ts'
import type { Statement } from './cursor.ts'
import { isStatementTimeout } from './failures.ts'

/** A search that nothing bounds but this: after so long the database gives it up. */
const SECONDS_MAX = 3

/** So much of the connections for pages is for searches, and so many for one reseller: pages without a search get in beside them. */
const SHARE = 0.4
const RESELLER_AT_ONCE = 2
const WAITING = { waitingMax: 50, waitMsMax: 5_000 }

/** The search was given up: what fits is not known. */
export class SearchStopped extends Refusal {}

/** The search did not begin, because too many run or wait already. */
class SearchesBusy extends Refusal {}

/**
 * Runs a search that may have to read everything. Only a few run at once, for one reseller and for this pool; others wait before they
 * take a connection.
 *
 * @throws SearchStopped, 422, when it takes longer than SECONDS_MAX
 * @throws SearchesBusy, 503 with Retry-After, when too many wait, or the wait was too long
 */
export async function search<Row extends object>(
  { database: { pool }, reseller }: { database: { pool: pg.Pool }; reseller: { id: string } },
  statement: Statement,
): Promise<Row[]> {
  const leave = await enter(pool, reseller.id)
  try {
    return await askBriefly<Row>(pool, statement)
  } catch (error) {
    if (!isStatementTimeout(error)) throw error
    throw new SearchStopped(
      422,
      t(
        'The search was stopped after {seconds} seconds, because there is too much to search. Narrow it down.',
        {
          seconds: SECONDS_MAX,
        },
      ),
    )
  } finally {
    leave()
  }
}

/**
 * As search(); null where it was stopped for its length. `isFurther`: the page has something to show without it, so that it is also null
 * where too many run, and what was found before is not thrown away.
 */
export async function maybeSearch<Row extends object>(
  actor: Parameters<typeof search>[0],
  statement: Statement,
  { isFurther = false } = {},
): Promise<Row[] | null> {
  try {
    return await search<Row>(actor, statement)
  } catch (error) {
    if (error instanceof SearchStopped || (isFurther && error instanceof SearchesBusy)) return null
    throw error
  }
}

async function askBriefly<Row extends object>(pool: pg.Pool, statement: Statement): Promise<Row[]> {
  const { client, giveBack } = await takeConnection(pool)
  if (endsBySelf(pool)) {
    try {
      return (await client.query<Row>(statement)).rows
    } finally {
      giveBack({ spent: false })
    }
  }
  let spent = false
  const isSpent = () => {
    spent = true
  }
  try {
    await client.query(`begin read only; set local statement_timeout = ${SECONDS_MAX * 1_000}`)
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.query('rollback').catch(isSpent)
    giveBack({ spent })
  }
}

/** Whether no statement of this pool runs longer: so it is on the connections for pages, where three statements would be two too many. */
const endsBySelf = ({ options }: pg.Pool) =>
  typeof options.statement_timeout === 'number' && options.statement_timeout <= SECONDS_MAX * 1_000

/** How many searches run, by the pool that they use: of all resellers, and of each. */
const LIMITS = new WeakMap<pg.Pool, { all: ConcurrencyLimit; resellers: ConcurrencyLimits }>()

/** Takes a slot of the reseller first, so that nobody who waits for one uses up a slot of all. Returns the function that releases both. */
async function enter(pool: pg.Pool, resellerId: string): Promise<() => void> {
  const limits = LIMITS.get(pool) ?? {
    all: new ConcurrencyLimit({ ...WAITING, atOnce: Math.max(1, Math.floor(pool.options.max * SHARE)) }),
    resellers: new ConcurrencyLimits({ ...WAITING, atOnce: RESELLER_AT_ONCE }),
  }
  LIMITS.set(pool, limits)
  const leaveOwn = await inTurn(() => limits.resellers.enter(resellerId))
  try {
    const leaveAll = await inTurn(() => limits.all.enter())
    return () => {
      leaveAll()
      leaveOwn()
    }
  } catch (error) {
    leaveOwn()
    throw error
  }
}

async function inTurn(enter: () => Promise<Slot>): Promise<() => void> {
  try {
    const { leave } = await counted(enter)
    return leave
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    throw new SearchesBusy(503, t('Too many searches are running right now. Try again in a moment.'), {
      facts: { retryAfterSeconds: 5 },
    })
  }
}
