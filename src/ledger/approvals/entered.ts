import type { Account, CreditCategory, PostingReason, WaitingPosting } from '../../generated/prisma/client.ts'
import type { Actor } from '../../people/actor.ts'
import type { Sentence } from '../../words/words.ts'
import { whatOf } from '../entry.ts'
import { grantEnd } from '../grants/grants.ts'

/** What was entered, as post_to_ledger() was asked it. Sums are minor units. */
export interface Entered {
  reason: PostingReason | null
  comment: string
  note: string
  channel: string | null
  reference: string | null
  /** The payment with this channel and reference that was booked before: the maker has confirmed that this is another one. */
  anotherThan: { id: string; customerId: string } | null
  /** Of one that still waits: the payment with its channel and reference that was booked since it was entered, so that it can only be rejected. */
  bookedSince: { id: string; customerId: string } | null
  /** Of credits: what they shall be, and what they were when that was entered. */
  target: bigint | null
  seen: bigint | null
  /** Of credits that are raised: what they are granted as, and the last moment at which they can be spent; null: they last. */
  grant: { category: CreditCategory; lastMoment: Date | null; isOver: boolean } | null
  /** Of a charge: the day that it is for; null: the day on which it is booked. */
  effectiveAt: Date | null
  /** What a reversal undoes, and what it will do to each account: signed. */
  undoes: { id: string; what: Sentence; moves: { account: Account; amount: bigint }[] } | null
  /** The system entered it, on the account of the maker: the opening credits of an invite. */
  isBySystem: boolean
}

type Row = Pick<WaitingPosting, 'facts' | 'receiptKey' | 'state'>
type Facts = Record<string, string | null>

/** What was entered, of each of these; the postings that they speak of are looked up in one statement for each kind of them. */
export async function readEntered<Waits extends Row>(
  actor: Actor,
  rows: readonly Waits[],
): Promise<Map<Waits, Entered>> {
  const [undone, booked] = await Promise.all([findUndone(actor, rows), findBooked(actor, rows)])
  return new Map(
    rows.map((row) => {
      const entered = row.facts as Facts
      const undoes = undone.find(({ id }) => id === entered.reverses)
      // One that brings no receipt to the ledger: its maker has confirmed that it may be booked a second time.
      const isConfirmed = row.receiptKey === null
      const first = booked.get(row) ?? null
      return [
        row,
        {
          ...plainFacts(entered),
          anotherThan: isConfirmed ? first : null,
          bookedSince: isConfirmed || row.state !== 'waiting' ? null : first,
          undoes: undoes
            ? {
                id: undoes.id,
                what: whatOf({ ...undoes, reversedKind: null }),
                moves: undoes.entries.map(({ account, amount }) => ({ account, amount: -amount })),
              }
            : null,
        },
      ]
    }),
  )
}

/** The postings that reversals among these undo. */
async function findUndone({ database, reseller }: Actor, rows: readonly Row[]) {
  const ids = rows.flatMap(({ facts }) => (facts as Facts).reverses ?? [])
  if (ids.length === 0) return []
  return database.prisma.posting.findMany({
    where: { resellerId: reseller.id, id: { in: ids } },
    include: { entries: { orderBy: { account: 'desc' } } },
  })
}

/** The posting that was booked with the channel and reference of each of these, as receipts are compared. */
async function findBooked<Waits extends Row>(
  { database, reseller }: Actor,
  rows: readonly Waits[],
): Promise<Map<Waits, { id: string; customerId: string }>> {
  const asked = rows.flatMap(({ facts }, place) => {
    const { channel, reference } = facts as Facts
    return channel && reference ? [{ place, channel, reference }] : []
  })
  if (asked.length === 0) return new Map()
  const { rows: found } = await database.pool.query<{ place: number; id: string; customer_id: string }>({
    name: 'receipts-booked',
    text: `
      select asked.place, p.id, p.customer_id
      from jsonb_to_recordset($2::jsonb) as asked (place int, channel channel, reference text)
      join receipts r on r.reseller_id = $1 and r.channel = asked.channel and r.folded = receipt_folded(asked.reference)
      join postings p on p.reseller_id = $1 and p.id = r.posting_id`,
    values: [reseller.id, JSON.stringify(asked)],
  })
  return new Map(
    found.map(({ place, id, customer_id: customerId }) => [rows[place] as Waits, { id, customerId }]),
  )
}

function plainFacts(facts: Facts): Omit<Entered, 'anotherThan' | 'bookedSince' | 'undoes'> {
  const [target, seen] = [facts.target, facts.seen].map((sum) => (sum == null ? null : BigInt(sum)))
  return {
    reason: (facts.reason ?? null) as PostingReason | null,
    comment: facts.comment ?? '',
    note: facts.note ?? '',
    channel: facts.channel ?? null,
    reference: facts.reference ?? null,
    target: target ?? null,
    seen: seen ?? null,
    grant: target != null && seen != null && target > seen ? grantOf(facts) : null,
    effectiveAt: dateOf(facts.effective_at),
    isBySystem: facts.actor_kind === 'system',
  }
}

/** A raise without a category is a promotional grant, as post_to_ledger() has it. */
function grantOf({ category, grant_expires_at }: Facts): Entered['grant'] {
  return { category: (category ?? 'promotional') as CreditCategory, ...grantEnd(dateOf(grant_expires_at)) }
}

const dateOf = (time: string | null | undefined) => (time ? new Date(time) : null)
