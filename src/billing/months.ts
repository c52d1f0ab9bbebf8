import { ask } from '../database/ask.ts'
import { currentTime } from '../database/clock.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { startsOfMonths } from '../words/days.ts'

/**
 * What moved in one month of the reseller's time zone. Minor units, none negative. A posting that was reversed counts in no month, and
 * neither does what reversed it: the picture shows what is left of each month's postings.
 */
export interface Month {
  /** Its first moment. */
  start: Date
  /** By refills of the balance. */
  refilled: bigint
  /** By deductions from the balance. */
  deducted: bigint
  /** By which credits were raised; what lowered them is not taken off. */
  granted: bigint
  /** By charges, from both accounts. */
  charged: bigint
  /** How high the bars of these four are in a picture of all months. */
  bars: number[]
}

/** What moves in a month, in the order in which it is shown. */
const MOVES = ['refilled', 'deducted', 'granted', 'charged'] as const

/** How high a bar of the picture may be, and how low one is that can still be seen. */
const BAR_HEIGHT = { max: 64, min: 1.5 }

/**
 * Gives each month the heights of its bars in a picture of all of them, 0 where nothing moved. Heights are for the eye, so a float
 * is exact enough for them.
 */
function withBars(months: readonly Omit<Month, 'bars'>[]): Month[] {
  const highest = months
    .flatMap((month) => MOVES.map((name) => month[name]))
    .reduce((most, sum) => (sum > most ? sum : most), 1n)
  const { max, min } = BAR_HEIGHT
  const heightOf = (sum: bigint) => (sum === 0n ? 0 : Math.max(min, (Number(sum) / Number(highest)) * max))
  return months.map((month) => ({ ...month, bars: MOVES.map((name) => heightOf(month[name])) }))
}

/** How many months are shown. */
const MONTHS = 12

/** This month and the eleven before it, oldest first, also those in which nothing moved. Asked with what else a page asks. */
export async function lastTwelveMonths(
  actor: Actor,
  customer: { id: string },
  now = currentTime(),
): Promise<Month[]> {
  mustBeAllowed(actor, 'customers.see')
  const starts = startsOfMonths(MONTHS, now, actor.reseller)
  const rows = await ask<MonthRow>(
    actor,
    (bind) => {
      const id = bind(customer.id)
      const all = `${bind(starts.map((start) => start.toISOString()))}::timestamptz[]`
      return `
        with months as (select * from unnest(${all}) with ordinality as month (start, place)),
        -- Of few accounts. In order, so that the index is asked: the table may be all one account's.
        long as (select from moved_sums where reseller_id = $1 and customer_id = ${id} order by since desc limit 1),
        moved as (
          select width_bucket(at, ${all}) as place, sum(refilled) as refilled, sum(deducted) as deducted,
                 sum(granted) as granted, sum(charged) as charged
          from (-- A long account's sums are kept: each is of a stretch of time within which no month begins.
                select since as at, refilled, deducted, granted, charged from moved_sums
                where (select true from long) and reseller_id = $1 and customer_id = ${id} and since >= (${all})[1]
                union all
                select at, refilled, deducted, granted, charged from moved_amounts($1, ${id})
                where at >= (${all})[1]
                  and (select true from long) is null) as all_moved
          group by 1
        )
        select months.start, coalesce(refilled, 0)::text as refilled, coalesce(deducted, 0)::text as deducted,
               coalesce(granted, 0)::text as granted, coalesce(charged, 0)::text as charged
        from months left join moved using (place) order by months.place`
    },
    { start: true },
  )
  return withBars(
    rows.map(({ start, refilled, deducted, granted, charged }) => ({
      start,
      refilled: BigInt(refilled),
      deducted: BigInt(deducted),
      granted: BigInt(granted),
      charged: BigInt(charged),
    })),
  )
}

type MonthRow = Record<Exclude<keyof Month, 'start' | 'bars'>, string> & { start: Date }
