import type { Account, Channel, PostingKind, PostingReason } from '../generated/prisma/client.ts'
import { type Sentence, t } from '../words/words.ts'
import { KIND_NAMES, kindOf, kindsInSql } from './kinds.ts'
import { reasonName } from './reasons.ts'

/** One movement of one account with what it was posted for, as every list of entries shows it. */
export interface LedgerEntry {
  id: string
  postingId: string
  customerId: string
  postedAt: Date
  account: Account
  /** 1, 2, 3 … for each account. */
  seq: number
  kind: PostingKind
  /** Kind and reason in words; of a reversal also what was reversed. */
  what: Sentence
  /** Signed minor units. */
  amount: bigint
  before: bigint
  after: bigint
  /** All that the posting moved, where it moved the other account as well; signed minor units. */
  altogether: bigint | null
  /** None where the system booked it, as a charge or an expiry. */
  reason: PostingReason | null
  /** For staff only. */
  comment: string
  /** Shown to the customer. */
  note: string
  channel: Channel | null
  reference: string
  actorName: string
  /** The posting that this one undoes, and the one that undid it. */
  reversesId: string | null
  reversedById: string | null
  /** Whether the posting can be undone, see isReversible(). */
  isReversible: boolean
}

/** A row as ENTRY_COLUMNS gives it: what pg gives as text is still one. */
export type EntryRow = Omit<LedgerEntry, keyof Texts | 'what' | 'reference' | 'isReversible'> &
  Texts & { reference: string | null; reversedKind: PostingKind | null; hasExpired: boolean }

interface Texts {
  seq: string
  amount: string
  before: string
  after: string
  altogether: string | null
}

/** What a statement whose $1 is the reseller selects of `hit`, an entry, and `p`, its posting, for toEntry(). */
export const ENTRY_COLUMNS = `
  hit.id, hit.posting_id as "postingId", hit.customer_id as "customerId", hit.posted_at as "postedAt", hit.account, hit.seq::text, p.kind, hit.amount::text,
  hit.before::text, hit.after::text, p.reason, p.comment, p.note, p.channel, p.reference, p.actor_name as "actorName", p.reverses_id as "reversesId",
  (select o.kind from postings o where o.reseller_id = $1 and o.id = p.reverses_id) as "reversedKind",
  (select o.id from postings o where o.reseller_id = $1 and o.reverses_id = p.id) as "reversedById",
  p.kind = 'credits_set' and hit.amount > 0 and granted_has_expired($1, p.id, now()) as "hasExpired",
  case when p.kind in ${kindsInSql(({ accounts }) => accounts.length > 1)} then
    (select sum(o.amount)::text from entries o where o.reseller_id = $1 and o.posting_id = p.id having count(*) > 1)
  end as altogether`

/** A row as pages and files show it, with whatever else is in it. */
export function toEntry<Row extends EntryRow>(row: Row): Omit<Row, keyof LedgerEntry> & LedgerEntry {
  return {
    ...row,
    seq: Number(row.seq),
    what: whatOf(row),
    amount: BigInt(row.amount),
    before: BigInt(row.before),
    after: BigInt(row.after),
    altogether: row.altogether === null ? null : BigInt(row.altogether),
    reference: row.reference ?? '',
    isReversible: isReversible(row),
  }
}

/**
 * Whether a posting is of a kind that can be undone, has not been yet, and nothing of what it granted has expired: what the ledger
 * refuses no page offers.
 */
export function isReversible({ kind, reversedById, hasExpired }: Reversible): boolean {
  return kindOf(kind).isReversible && reversedById === null && !hasExpired
}

interface Reversible {
  kind: PostingKind
  reversedById: string | null
  /** By granted_has_expired(), which the ledger asks as well. */
  hasExpired: boolean
}

interface Named {
  kind: PostingKind
  reason: PostingReason | null
  reversedKind: PostingKind | null
}

/** "Refill · Courtesy", "Charge", "Reversal (Charge) · Billing error": what a posting is, and why. */
export function whatOf({ kind, reason, reversedKind }: Named): Sentence {
  const name = reversedKind
    ? t('{kind} ({reversed})', { kind: KIND_NAMES[kind], reversed: KIND_NAMES[reversedKind] })
    : KIND_NAMES[kind]
  return reason ? t('{kind} · {reason}', { kind: name, reason: reasonName(reason) }) : name
}
