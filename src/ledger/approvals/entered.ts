import type { Account, CreditCategory, WaitingPosting } from '../../generated/prisma/client.ts'
import type { Actor } from '../../people/actor.ts'
import type { Sentence } from '../../words/words.ts'
import { decodeAsk, type WaitingAsk } from '../codec.ts'
import { whatOf } from '../entry.ts'
import { grantEnd } from '../grants/grants.ts'

/** What was entered, as it was asked, see codec.ts. Sums are minor units. */
export interface Entered extends Pick<
  WaitingAsk,
  'reason' | 'comment' | 'note' | 'channel' | 'reference' | 'target' | 'seen'
> {
  /** A newer version of Purser entered it: nothing of it is known here, and it cannot be approved. */
  isNewer: boolean
  /** The payment with this channel and reference that was booked before: the maker has confirmed that this is another one. */
  anotherThan: { id: string; customerId: string } | null
  /** Of one that still waits: the payment with its channel and reference that was booked since it was entered, so that it can only be rejected. */
  bookedSince: { id: string; customerId: string } | null
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
interface Asked<Waits> {
  row: Waits
  ask: WaitingAsk | null
}

/** What was entered, of each of these; the postings that they speak of are looked up in one statement for each kind of them. */
export async function readEntered<Waits extends Row>(
  actor: Actor,
  rows: readonly Waits[],
): Promise<Map<Waits, Entered>> {
  const asked = rows.map((row) => ({ row, ask: decodeAsk(row.facts) }))
  const [undone, booked] = await Promise.all([findUndone(actor, asked), findBooked(actor, asked)])
  return new Map(
    asked.map(({ row, ask }) => {
      const undoes = undone.find(({ id }) => id === ask?.reverses)
      // One that brings no receipt to the ledger: its maker has confirmed that it may be booked a second time.
      const isConfirmed = row.receiptKey === null
      const first = booked.get(row) ?? null
      return [
        row,
        {
          ...plainFacts(ask),
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
async function findUndone({ database, reseller }: Actor, asked: readonly Asked<unknown>[]) {
  const ids = asked.flatMap(({ ask }) => ask?.reverses ?? [])
  if (ids.length === 0) return []
  return database.prisma.posting.findMany({
    where: { resellerId: reseller.id, id: { in: ids } },
    include: { entries: { orderBy: { account: 'desc' } } },
  })
}

/** The posting that was booked with the channel and reference of each of these, as receipts are compared. */
async function findBooked<Waits>(
  { database, reseller }: Actor,
  asked: readonly Asked<Waits>[],
): Promise<Map<Waits, { id: string; customerId: string }>> {
  const receipts = asked.flatMap(({ ask }, place) =>
    ask?.channel && ask.reference ? [{ place, channel: ask.channel, reference: ask.reference }] : [],
  )
  if (receipts.length === 0) return new Map()
  const { rows: found } = await database.pool.query<{ place: number; id: string; customer_id: string }>({
    name: 'receipts-booked',
    text: `
      select asked.place, p.id, p.customer_id
      from jsonb_to_recordset($2::jsonb) as asked (place int, channel channel, reference text)
      join receipts r on r.reseller_id = $1 and r.channel = asked.channel and r.folded = receipt_folded(asked.reference)
      join postings p on p.reseller_id = $1 and p.id = r.posting_id`,
    values: [reseller.id, JSON.stringify(receipts)],
  })
  return new Map(
    found.flatMap(({ place, id, customer_id: customerId }) => {
      const one = asked[place]
      return one ? [[one.row, { id, customerId }] as const] : []
    }),
  )
}

function plainFacts(ask: WaitingAsk | null): Omit<Entered, 'anotherThan' | 'bookedSince' | 'undoes'> {
  const { target = null, seen = null } = ask ?? {}
  const isRaised = target !== null && seen !== null && target > seen
  return {
    isNewer: ask === null,
    reason: ask?.reason ?? null,
    comment: ask?.comment ?? '',
    note: ask?.note ?? '',
    channel: ask?.channel ?? null,
    reference: ask?.reference ?? null,
    target,
    seen,
    // A raise without a category is a promotional grant, as post_to_ledger() has it.
    grant: isRaised
      ? { category: ask?.category ?? 'promotional', ...grantEnd(ask?.grant_expires_at ?? null) }
      : null,
    effectiveAt: ask?.effective_at ?? null,
    isBySystem: ask?.actor_kind === 'system',
  }
}
