import { type Actor, mustBeAllowed } from '../sessions/actor.ts'

/**
 * What moved in one month of the reseller's time zone. Minor units, none negative. A posting that was reversed counts in no month, and
 * neither does what reversed it: the picture shows what is left of each month's deeds.
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
}

/** This month and the eleven before it, oldest first, also those in which nothing moved. One statement; PostgreSQL counts the months. */
export async function lastTwelveMonths(actor: Actor, customer: { id: string }): Promise<Month[]> {
  mustBeAllowed(actor, 'customers.see')
  const { id: resellerId, timeZone } = actor.reseller
  const { rows } = await actor.database.pool.query<
    Record<Exclude<keyof Month, 'start'>, string> & { start: Date }
  >({
    name: 'last-twelve-months',
    text: `
      with first as (select date_trunc('month', now() at time zone $3) - interval '11 months' as start),
      months as (
        select month as start from first, generate_series(first.start, first.start + interval '11 months', '1 month') as month
      ),
      moved as (
        select date_trunc('month', e.posted_at at time zone $3) as start,
               sum(e.amount) filter (where p.kind = 'refill') as refilled,
               -sum(e.amount) filter (where p.kind = 'deduction') as deducted,
               sum(e.amount) filter (where p.kind = 'credits_set' and e.amount > 0) as granted,
               -sum(e.amount) filter (where p.kind = 'charge') as charged
        from entries e join postings p on p.reseller_id = e.reseller_id and p.id = e.posting_id
        where e.reseller_id = $1 and e.customer_id = $2
          and e.posted_at >= (select start from first) at time zone $3
          and not exists (select from postings r where r.reseller_id = p.reseller_id and r.reverses_id = p.id)
        group by 1
      )
      select months.start at time zone $3 as start, coalesce(refilled, 0)::text as refilled,
             coalesce(deducted, 0)::text as deducted, coalesce(granted, 0)::text as granted,
             coalesce(charged, 0)::text as charged
      from months left join moved using (start) order by months.start`,
    values: [resellerId, customer.id, timeZone],
  })
  return rows.map(({ start, refilled, deducted, granted, charged }) => ({
    start,
    refilled: BigInt(refilled),
    deducted: BigInt(deducted),
    granted: BigInt(granted),
    charged: BigInt(charged),
  }))
}
