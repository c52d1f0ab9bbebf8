import type { Account, CreditCategory, PostingReason, WaitingPosting } from '../../generated/prisma/client.ts'
import type { Actor } from '../../sessions/actor.ts'
import type { Sentence } from '../../web/words.ts'
import { whatOf } from '../entry.ts'

/** What was entered, as post_to_ledger() was asked it. Sums are minor units. */
export interface Entered {
  reason: PostingReason | null
  comment: string
  note: string
  channel: string | null
  reference: string | null
  /** The payment with this channel and reference that was booked before: the maker has confirmed that this is another one. */
  anotherThan: { id: string; customerId: string } | null
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

type Row = Pick<WaitingPosting, 'facts' | 'receiptKey'>
type Facts = Record<string, string | null>

/** What was entered, of each of these; the postings that they speak of are looked up in one statement. */
export async function readEntered<Waits extends Row>(
  { database, reseller }: Actor,
  rows: readonly Waits[],
): Promise<Map<Waits, Entered>> {
  const facts = new Map(rows.map((row) => [row, row.facts as Facts]))
  const ids = [...facts.values()].flatMap(({ reverses }) => reverses ?? [])
  const receiptKeys = rows.flatMap((row) => confirmedReceipt(row) ?? [])
  const spokenOf =
    ids.length + receiptKeys.length === 0
      ? []
      : await database.prisma.posting.findMany({
          where: { resellerId: reseller.id, OR: [{ id: { in: ids } }, { receiptKey: { in: receiptKeys } }] },
          include: { entries: { orderBy: { account: 'desc' } } },
        })
  return new Map(
    [...facts].map(([row, entered]) => {
      const receiptKey = confirmedReceipt(row)
      const first = receiptKey && spokenOf.find((posting) => posting.receiptKey === receiptKey)
      const undone = spokenOf.find(({ id }) => id === entered.reverses)
      return [
        row,
        {
          ...plainFacts(entered),
          anotherThan: first ? { id: first.id, customerId: first.customerId } : null,
          undoes: undone
            ? {
                id: undone.id,
                what: whatOf({ ...undone, reversedKind: null }),
                moves: undone.entries.map(({ account, amount }) => ({ account, amount: -amount })),
              }
            : null,
        },
      ]
    }),
  )
}

/** The receipt of one that brings none to the ledger: its maker has confirmed that it may be booked a second time. */
function confirmedReceipt({ facts, receiptKey }: Row): string | null {
  const { channel, reference } = facts as Facts
  return receiptKey === null && channel && reference ? `${channel}:${reference}` : null
}

function plainFacts(facts: Facts): Omit<Entered, 'anotherThan' | 'undoes'> {
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
  const end = dateOf(grant_expires_at)
  return {
    category: (category ?? 'promotional') as CreditCategory,
    lastMoment: end && new Date(end.getTime() - 1),
    isOver: end !== null && end <= new Date(),
  }
}

const dateOf = (time: string | null | undefined) => (time ? new Date(time) : null)
