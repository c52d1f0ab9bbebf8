import type { Account } from '../../generated/prisma/client.ts'
import type { Actor } from '../../people/actor.ts'
import type { Sentence } from '../../words/words.ts'
import { kindOf } from '../kinds.ts'
import { availableOf, availableToCharge } from '../overdraft.ts'
import { type Refused, refusalOf } from '../outcomes.ts'
import type { Waiting } from './waiting.ts'

/** What an approval looks at besides the waiting posting and its customer. */
interface Today {
  id: string
  /** What the maker is called; null where nobody has this id any more. */
  makerName: string | null
  makerPosts: boolean
  /** The most that the maker may post at once, in minor units; null: any amount. */
  entryMax: string | null
  /** Of a reversal: the posting that undid the same one since, and whether what it granted has expired. */
  reversedBy: string | null
  hasExpired: boolean
}

/**
 * Why each of these cannot be approved now, in the words with which it would be refused; null where it can, and where it is
 * decided already. One statement, however many there are. What is known only when it is booked is left to that: the maker's limit of 24
 * hours, an account that gets too large, another currency.
 */
export async function whyNotApprovedEach(
  actor: Actor,
  all: readonly Waiting[],
): Promise<(waiting: Waiting) => Sentence | null> {
  const open = all.filter(({ isOpen, isOwn }) => isOpen && !isOwn)
  if (open.length === 0) return () => null
  const asked = open.map(({ row, entered }) => ({
    id: row.id,
    maker: row.makerId,
    reverses: entered.undoes?.id ?? null,
    permission: kindOf(row.kind).permission,
  }))
  const { rows } = await actor.database.pool.query<Today>({
    name: 'approvals-today',
    text: `
      select asked.id, s.name as "makerName", coalesce(s.state = 'ON' and asked.permission = any (r.permissions), false) as "makerPosts",
             r.entry_max::text as "entryMax",
             (select p.id from postings p where p.reseller_id = $1 and p.reverses_id = asked.reverses) as "reversedBy",
             asked.reverses is not null and granted_has_expired($1, asked.reverses, now()) as "hasExpired"
      from jsonb_to_recordset($2::jsonb) as asked (id uuid, maker uuid, reverses uuid, permission text)
      left join staff s on s.reseller_id = $1 and s.id = asked.maker
      left join roles r on r.reseller_id = $1 and r.id = s.role_id`,
    values: [actor.reseller.id, JSON.stringify(asked)],
  })
  const todayOf = new Map(rows.map((row) => [row.id, row]))
  return (waiting) => {
    const today = todayOf.get(waiting.row.id)
    const answer = today && answerToday(waiting, today)
    const maker = today?.makerName ?? waiting.row.makerName
    return answer ? refusalOf(answer, { actor, kind: waiting.row.kind, maker }).sentence : null
  }
}

/** What post_to_ledger() would answer, in its order; null where none of this prevents it. */
function answerToday({ row, customer, entered }: Waiting, today: Today): Refused | null {
  const { target, seen, grant, bookedSince } = entered
  const now = String(customer.credits)
  if (entered.isNewer) return { outcome: 'newer' }
  if (!today.makerPosts) return { outcome: 'may_not_post' }
  if (bookedSince) {
    const { id: duplicate, customerId } = bookedSince
    return { outcome: 'same_receipt', duplicate, customer: customerId, reference: '', email: '' }
  }
  if (target !== null && seen !== customer.credits) return { outcome: 'moved', now }
  if (target !== null && target === customer.credits) return { outcome: 'same', now }
  if (grant?.isOver) return { outcome: 'grant_over' }
  if (today.reversedBy) return { outcome: 'reversed', by: today.reversedBy }
  if (today.hasExpired) return { outcome: 'granted_expired' }
  const short = whatIsShort({ row, customer, entered })
  if (short) return short
  const { entryMax } = today
  return entryMax !== null && row.amount > BigInt(entryMax)
    ? { outcome: 'above_entry_limit', limit: entryMax }
    : null
}

/** The account with less than is taken from it. */
function whatIsShort({
  row,
  customer,
  entered,
}: Pick<Waiting, 'row' | 'customer' | 'entered'>): Refused | null {
  const { balance, credits, overdraft } = customer
  const after = sumsAfter(row, entered, customer)
  if (after.credits !== undefined && after.credits < 0n)
    return { outcome: 'short', account: 'CREDITS', available: String(credits), now: String(credits) }
  if (after.balance === undefined || after.balance >= balance || after.balance >= -overdraft) return null
  const available =
    kindOf(row.kind).moves === 'credits_first' ? availableToCharge(customer) : availableOf(customer)
  return { outcome: 'short', account: 'BALANCE', available: String(available), now: String(balance) }
}

/** The balance of each account that it moves, if it were booked now: see Kind. */
export function sumsAfter(
  { kind, amount }: Waiting['row'],
  { target, undoes }: Waiting['entered'],
  { balance, credits }: Waiting['customer'],
): { balance?: bigint; credits?: bigint } {
  const undone = (account: Account, now: bigint) => {
    const moves = undoes?.moves.filter((move) => move.account === account) ?? []
    return moves.length > 0 ? moves.reduce((sum, move) => sum + move.amount, now) : undefined
  }
  const spent = amount < credits ? amount : credits
  const { moves, sign } = kindOf(kind)
  switch (moves) {
    case 'amount':
      return { balance: balance + BigInt(sign ?? 0) * amount }
    case 'credits_first':
      return { balance: balance - (amount - spent), credits: credits - spent }
    case 'reversed': {
      const [after, afterCredits] = [undone('BALANCE', balance), undone('CREDITS', credits)]
      return {
        ...(after !== undefined && { balance: after }),
        ...(afterCredits !== undefined && { credits: afterCredits }),
      }
    }
    case 'target':
      return target === null ? {} : { credits: target }
    case 'expired':
      return {}
  }
}
