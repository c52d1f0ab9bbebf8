import type { Database } from '../../database/client.ts'
import { takeConnection } from '../../database/connection.ts'
import type { Fault } from './fault.ts'
import { LOGIN_AS_RULES } from '../../login-as/verification.ts'
import type { Rule } from './rule.ts'

const RULES: readonly Rule[] = [
  {
    holds: 'Each customer’s balance and credits match the last entry of each account.',
    what: 'the customer’s balance or credits do not match the last entry',
    text: `
      select c.reseller_id || ', customer ' || c.id || ', ' || a.account as place
      from customers c
      cross join (values ('BALANCE'::account), ('CREDITS'::account)) as a (account)
      left join lateral (
        select e.after, e.seq, e.hash from entries e
        where e.reseller_id = $1 and e.customer_id = c.id and e.account = a.account order by e.seq desc limit 1) as last on true
      where c.reseller_id = $1
        and (coalesce(last.after, 0), coalesce(last.seq, 0), last.hash) is distinct from
            (case a.account when 'BALANCE' then c.balance else c.credits end, case a.account when 'BALANCE' then c.balance_seq else c.credits_seq end,
             case a.account when 'BALANCE' then c.balance_hash else c.credits_hash end)`,
  },
  {
    holds: 'Customers are sorted by the balance and credits that they have.',
    what: 'the customer is sorted by another amount than the balance or credits',
    text: `
      select c.reseller_id || ', customer ' || c.id || ', ' || a.account as place
      from customers c
      cross join (values ('BALANCE'::account), ('CREDITS'::account)) as a (account)
      left join customer_amounts s on s.reseller_id = $1 and s.id = c.id and s.account = a.account
      where c.reseller_id = $1 and s.amount is distinct from case a.account when 'BALANCE' then c.balance else c.credits end`,
  },
  {
    holds: 'Each posting has entries with the same customer and time.',
    what: 'the posting has no entry, or one with another customer or time',
    text: `
      select p.reseller_id || ', posting ' || p.id as place
      from postings p left join entries e on e.reseller_id = $1 and e.posting_id = p.id
      where p.reseller_id = $1
        and (e.id is null or e.customer_id <> p.customer_id or e.posted_at <> p.posted_at)`,
  },
  {
    holds: 'Each posting has a row in the audit log with the same customer, time and person.',
    what: 'the posting has no row in the audit log, or one with another customer, time or person',
    // The approval has a row of its own.
    text: `
      select p.reseller_id || ', posting ' || p.id as place
      from postings p
      where p.reseller_id = $1
        and not exists (
          select from audit_rows a where a.reseller_id = $1 and a.customer_id = p.customer_id and a.at = p.posted_at
             and a.details->>'posting' = p.id::text and a.event <> 'posting.approved'
             and a.actor_name = p.actor_name and a.actor_id is not distinct from p.actor_id)`,
  },
  {
    holds: 'Each posting named in the audit log exists.',
    what: 'the audit log names a posting that does not exist',
    // Compared as ids, not as texts, so that there is an index for it.
    text: `
      select a.reseller_id || ', audit row ' || a.id as place
      from audit_rows a
      where a.reseller_id = $1 and a.details ? 'posting'
        and not exists (
          select from postings p where p.reseller_id = $1
             and p.id = case when a.details->>'posting' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (a.details->>'posting')::uuid end)`,
  },
  {
    holds: 'Each reversal matches the posting it reverses, and reverses it only once.',
    what: 'the reversal does not match the posting it reverses',
    text: `
      select r.reseller_id || ', posting ' || r.id as place
      from postings r
      join postings p on p.reseller_id = $1 and p.id = r.reverses_id
      where r.reseller_id = $1
        and (p.customer_id <> r.customer_id or exists (
          select from entries e where e.reseller_id = $1 and e.posting_id in (r.id, p.id)
          group by e.account having sum(e.amount) <> 0))`,
  },
  {
    holds: 'Each approved posting was posted as approved, and records the approval.',
    what: 'the posting does not match what was approved',
    text: `
      select w.reseller_id || ', posting ' || p.id as place
      from waiting_postings w join postings p on p.reseller_id = $1 and p.id = w.posting_id
      where w.reseller_id = $1
        and ((p.customer_id, p.kind, p.key, p.fingerprint, p.limit_staff_id) is distinct from (w.customer_id, w.kind, w.key, w.fingerprint, w.maker_id)
          or p.author_digest is not null and p.approval_id is distinct from w.id
          or w.amount <> (select sum(abs(e.amount)) from entries e where e.reseller_id = $1 and e.posting_id = p.id))`,
  },
  {
    holds: 'Each posting above its approval threshold was approved by another person.',
    what: 'the posting is above its approval threshold and was not approved by another person',
    text: `
      select p.reseller_id || ', posting ' || p.id as place
      from postings p
      join (select reseller_id, posting_id, sum(abs(amount)) as size from entries where reseller_id = $1 group by 1, 2) as moved
        on moved.reseller_id = $1 and moved.posting_id = p.id
      left join waiting_postings w on w.reseller_id = $1 and w.id = p.approval_id
      where p.reseller_id = $1
        and case when p.approval_id is null then moved.size > p.approval_above
            else (w.state, w.posting_id, w.decider_id) is distinct from ('approved'::waiting_state, p.id, p.approver_id)
              or p.approver_id = w.maker_id or p.approver_id = p.limit_staff_id end`,
  },
  {
    holds: 'Each approval has a row in the audit log with the same customer, time and person.',
    what: 'the approval has no row in the audit log, or one with another customer, time or person',
    text: `
      select w.reseller_id || ', waiting posting ' || w.id as place
      from waiting_postings w
      where w.reseller_id = $1 and w.state = 'approved'
        and not exists (
          select from audit_rows a where a.reseller_id = $1 and a.customer_id = w.customer_id and a.at = w.decided_at
             and a.event = 'posting.approved' and a.actor_id = w.decider_id::text and a.details->>'posting' = w.posting_id::text)`,
  },
  {
    holds:
      'Each receipt matches a posting with the same channel and reference, and each such posting has a receipt.',
    what: 'the receipt does not match its posting, or is missing',
    text: `
      select r.reseller_id || ', posting ' || r.posting_id as place
      from receipts r join postings p on p.reseller_id = $1 and p.id = r.posting_id
      where r.reseller_id = $1
        and (r.channel, r.folded) is distinct from (p.channel, receipt_folded(p.reference))
      union all
      select p.reseller_id || ', posting ' || p.id
      from postings p
      left join receipts r on r.reseller_id = $1 and r.channel = p.channel and r.folded = receipt_folded(p.reference)
      where p.reseller_id = $1 and p.channel is not null and p.reference is not null and r.posting_id is null`,
  },
  {
    holds: 'The entry at which each account changed to hash version 2 still exists.',
    what: 'the entry at which hash version 2 began is missing or has been replaced',
    text: `
      select m.reseller_id || ', customer ' || m.customer_id || ', ' || m.account || ' entry ' || m.seq as place
      from chain_marks m
      left join entries e on e.reseller_id = $1 and e.customer_id = m.customer_id and e.account = m.account and e.seq = m.seq
      where m.reseller_id = $1 and e.hash is distinct from m.hash`,
  },
  {
    holds: 'What is left of each grant equals the sum of its changes.',
    what: 'what is left of the grant does not equal the sum of its changes',
    text: `
      select g.reseller_id || ', customer ' || g.customer_id || ', grant ' || g.id as place
      from credit_grants g
      where g.reseller_id = $1
        and g.remaining <> case when g.posting_id is null then g.amount else 0 end + (
          select coalesce(sum(m.amount), 0) from grant_movements m where m.reseller_id = $1 and m.grant_id = g.id)`,
  },
  {
    holds: 'A customer’s remaining grants add up to the customer’s credits.',
    what: 'the remaining grants do not add up to the customer’s credits',
    text: `
      select c.reseller_id || ', customer ' || c.id as place
      from customers c
      where c.reseller_id = $1
        and c.credits <> (
          select coalesce(sum(g.remaining), 0) from credit_grants g where g.reseller_id = $1 and g.customer_id = c.id)`,
  },
  {
    holds: 'Each posting changed grants by the same amount as credits.',
    what: 'the posting changed grants and credits by different amounts',
    // Asked of the movements: credits were moved without any before there were grants.
    text: `
      select m.reseller_id || ', posting ' || m.posting_id as place
      from (select reseller_id, posting_id, sum(amount) as moved from grant_movements
            where reseller_id = $1 group by 1, 2) as m
      left join entries e on e.reseller_id = $1 and e.posting_id = m.posting_id and e.account = 'CREDITS'
      where coalesce(e.amount, 0) <> m.moved`,
  },
  {
    holds: 'Each grant has the amount that its posting granted.',
    what: 'the amount of the grant does not match its posting',
    text: `
      select g.reseller_id || ', customer ' || g.customer_id || ', grant ' || g.id as place
      from credit_grants g
      left join grant_movements m on m.reseller_id = $1 and m.posting_id = g.posting_id and m.grant_id = g.id
      where g.reseller_id = $1 and g.posting_id is not null and m.amount is distinct from g.amount`,
  },
  {
    holds: 'The sums kept of long accounts equal those of their postings.',
    what: 'the sums that are kept do not equal those of the customer’s postings',
    text: `
      select k.reseller_id || ', customer ' || k.customer_id as place
      from (select distinct reseller_id, customer_id from moved_sums where reseller_id = $1) k
      cross join lateral (
        select from (
          select start_of_sums(m.at) as since, m.refilled, m.deducted, m.granted, m.charged from moved_amounts($1, k.customer_id) m
          union all
          select s.since, -s.refilled, -s.deducted, -s.granted, -s.charged from moved_sums s
          where s.reseller_id = $1 and s.customer_id = k.customer_id) as both_ways
        group by since having (sum(refilled), sum(deducted), sum(granted), sum(charged)) <> (0, 0, 0, 0)) as wrong`,
  },
  ...LOGIN_AS_RULES,
]

/** What sumsFault() looks at, in words. */
export const SUMS_HOLD = RULES.map(({ holds }) => holds)

/**
 * No statement of these is cut off: over a large ledger each takes some seconds. They have the memory to put one table beside another
 * as a whole, in one process, since in a container there may be little that several could share.
 */
const SETTINGS = `set statement_timeout = '600s'; set work_mem = '64MB'; set max_parallel_workers_per_gather = 0`

/**
 * Asks the database for the first place where a sum is not what it should be: in the customers' rows, postings without entries or audit
 * row, reversals and grants; in the logins as a customer too. Each rule is one statement for each reseller, so each sees one moment.
 */
export async function sumsFault(
  { pool }: Pick<Database, 'pool'>,
  resellerIds: readonly string[],
): Promise<Fault | null> {
  const { client, giveBack } = await takeConnection(pool)
  try {
    await client.query(SETTINGS)
    for (const { rule, resellerId } of RULES.flatMap((rule) =>
      resellerIds.map((resellerId) => ({ rule, resellerId })),
    )) {
      // Not by limit 1, for which the planner takes whatever begins at once: a look-up for each row, where nothing is broken.
      const { rows } = await client.query<{ place: string | null }>(
        `select min(place) as place from (${rule.text}) as broken`,
        [resellerId],
      )
      const place = rows[0]?.place
      if (place) return { where: `reseller ${place}`, what: rule.what }
    }
    return null
  } finally {
    // The settings are this work's alone: the connection is not used again.
    giveBack({ spent: true })
  }
}
