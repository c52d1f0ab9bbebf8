import type { Account } from '../../generated/prisma/client.ts'
import type { Actor } from '../../people/actor.ts'
import type { WaitingAsk } from '../codec.ts'
import { kindOf } from '../kinds.ts'
import type { Refused } from '../outcomes.ts'

/** What a posting that waits would do now. */
export interface IfPosted {
  /** What there would be on each account that it moves; minor units. */
  after: { balance?: bigint; credits?: bigint }
  /** Why the sums do not allow it; null where they do. */
  refusal: Refused | null
}

interface Asked {
  customerId: string
  ask: WaitingAsk | null
  /** Of a reversal: the accounts that the posting moved which it undoes. */
  undone: readonly Account[] | null
}

interface Row {
  place: number
  balance: string
  credits: string
  refusal: Refused | null
}

/**
 * What each of these would do if it were posted now, by the functions that decide it when it is. What a newer version asked moves nothing
 * that is known here. One statement, however many there are.
 */
export async function ifPostedNow(actor: Actor, asked: readonly Asked[]): Promise<IfPosted[]> {
  const known = asked.flatMap(({ customerId, ask }, place) => {
    if (!ask) return []
    const { kind, reverses, amount, target, seen, grant_expires_at } = ask
    const sums = { amount: textOf(amount), target: textOf(target), seen: textOf(seen) }
    return [{ place, customer: customerId, kind, reverses, grant_expires_at, ...sums }]
  })
  if (known.length === 0) return asked.map(() => ({ after: {}, refusal: null }))
  const { rows } = await actor.database.pool.query<Row>({
    name: 'if-posted-now',
    text: `
      select asked.place, c.balance + m.balance as balance, c.credits + m.credits as credits,
             coalesce(m.refusal, why_not_moved(asked.kind, m.balance, m.credits, c.balance, c.credits, c.overdraft)) as refusal
      from jsonb_to_recordset($2::jsonb) as asked (place int, customer text, kind posting_kind, amount bigint, target bigint, seen bigint,
             reverses uuid, grant_expires_at timestamptz)
      join customers c on c.reseller_id = $1 and c.id = asked.customer
      cross join lateral movement_of($1, c.id, asked.kind, asked.amount, asked.target, asked.seen, asked.reverses, asked.grant_expires_at,
             c.credits, now()) m`,
    values: [actor.reseller.id, JSON.stringify(known)],
  })
  const rowAt = new Map(rows.map((row) => [row.place, row]))
  return asked.map(({ ask, undone }, place) => {
    const row = rowAt.get(place)
    if (!ask || !row) return { after: {}, refusal: null }
    const accounts = undone ?? kindOf(ask.kind).accounts
    return {
      after: {
        ...(accounts.includes('BALANCE') && { balance: BigInt(row.balance) }),
        ...(accounts.includes('CREDITS') && { credits: BigInt(row.credits) }),
      },
      refusal: row.refusal,
    }
  })
}

const textOf = (sum: bigint | null) => sum?.toString() ?? null
