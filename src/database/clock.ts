import type pg from 'pg'
import type { PrismaClient } from '../generated/prisma/client.ts'

/**
 * By how much the database's clock is ahead of this process's own count of milliseconds, as it was found last. The count begins with what
 * the machine's clock says, and goes on evenly when somebody sets that clock.
 */
let aheadMs = 0

/** How often the database's clock is looked at again, because no two clocks run alike. */
const EVERY_MS = 30_000

/** The quickest of so many answers counts: half of the time that it took is the most by which the clock can be misread. */
const LOOKS = 3

/** By how much the machine's clock may differ from the database's before that is told. */
const APART_MS_MAX = 5_000

const countedMs = () => performance.timeOrigin + performance.now()

/**
 * The time by the database's clock, as well as this process knows it: to some milliseconds. For what is only shown, signed or put into
 * an id; what is written into a row or decides over one asks the database itself, by clock_timestamp() in SQL, by a column's default,
 * or by databaseTime(). It is the one clock of Purser: those of two machines differ. Until followClock() it is the machine's.
 */
export const currentTime = (): Date => new Date(countedMs() + aheadMs)

/**
 * The time by the database's clock, asked now, or so many milliseconds after it (before it, where negative), in the precision of its
 * columns. For what a transaction writes, and for what it decides by.
 */
export async function databaseTime(db: Pick<PrismaClient, '$queryRaw'>, awayMs = 0): Promise<Date> {
  const [row] = await db.$queryRaw<[{ at: Date }]>`select clock_timestamp()::timestamptz(3) as at`
  return new Date(row.at.getTime() + awayMs)
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} seconds`
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`
}

/** That the machine's clock differs from the database's, by how much and what to do; null where it hardly does. */
export function maybeApart(): string | null {
  const aheadMs = Date.now() - currentTime().getTime()
  if (Math.abs(aheadMs) <= APART_MS_MAX) return null
  return (
    `This machine's clock is ${inWords(Math.abs(aheadMs) / 1000)} ${aheadMs > 0 ? 'ahead of' : 'behind'} the database's. Purser uses the database's clock; ` +
    'logs and certificates use this one. Synchronize both with NTP.'
  )
}

/**
 * Looks at the database's clock, so that currentTime() goes by it.
 * @throws where the database does not answer; the time then goes on by the last look
 */
export async function readClock(pool: pg.Pool): Promise<void> {
  let quickestMs = Infinity
  for (let look = 0; look < LOOKS; look++) {
    const asked = countedMs()
    const { rows } = await pool.query<{ ms: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
    )
    const tookMs = countedMs() - asked
    if (tookMs >= quickestMs) continue
    quickestMs = tookMs
    aheadMs = (rows[0]?.ms as number) - (asked + tookMs / 2)
  }
}

/**
 * Looks at the database's clock, and again every half minute until the pool is closed. Each time when the machine's clock has come apart
 * from it, that is told.
 * @throws where the database does not answer the first look
 */
export async function followClock(
  pool: pg.Pool,
  onApart: (sentence: string) => void = () => {},
): Promise<void> {
  let wereApart = false
  const look = async () => {
    await readClock(pool)
    const apart = maybeApart()
    if (apart && !wereApart) onApart(apart)
    wereApart = apart !== null
  }
  const lookLater = () =>
    setTimeout(() => {
      if (pool.ending) return
      // That a database is away is told elsewhere; the time goes on by the last look.
      void look()
        .catch(() => {})
        .finally(lookLater)
    }, EVERY_MS).unref()
  await look()
  lookLater()
}
