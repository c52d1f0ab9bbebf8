import type { Account, PostingKind, WaitingState } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'
import { formatsFor } from '../words/format.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { KIND_NAMES } from './kinds.ts'
import { decidedAlready, keySpent, keySpentOn } from './sent-before.ts'

/** What one account did; minor units, amount signed. */
export interface Move {
  account: Account
  amount: bigint
  before: bigint
  after: bigint
}

/** Money has moved. */
export interface Booked extends Omit<Move, 'account'> {
  waits: false
  /** False: the key had been used for the same thing before, and this is what came of it then. */
  fresh: boolean
  postingId: string
  /** What each account did: of a charge, the credits first. Amount, before and after, above, are those of the first. */
  moves: readonly Move[]
}

/** Nothing has moved yet: it waits for a second person. */
export interface Waits {
  waits: true
  fresh: boolean
  waitingId: string
}

export type Posted = Booked | Waits

interface AnswerPosting {
  id: string
  fingerprint: string
  entries: { account: Account; amount: string; before: string; after: string }[]
}

/** A receipt that is booked: by which posting, under which reference as it was typed there, and whose. */
interface SameReceipt {
  outcome: 'same_receipt'
  duplicate: string
  reference: string
  customer: string
  email: string
}

/** What post_to_ledger() answers. Amounts are texts, because JSON's numbers are no bigints. */
export type Answer =
  | { outcome: 'posted' | 'same_key'; posting: AnswerPosting }
  | { outcome: 'waits'; fresh: boolean; waiting: string; state: WaitingState; fingerprint: string }
  | { outcome: 'decided'; state: WaitingState | null }
  | { outcome: 'missing' | 'own' | 'may_not_approve' | 'may_not_post' | 'grant_over' | 'granted_expired' }
  | { outcome: 'currency_changed'; currency: string }
  | SameReceipt
  | { outcome: 'moved' | 'same' | 'too_large'; now: string }
  | { outcome: 'short'; account: Account; available: string; now: string }
  | { outcome: 'irreversible'; kind: PostingKind }
  | { outcome: 'reversed'; by: string }
  | { outcome: 'above_entry_limit'; limit: string }
  | { outcome: 'above_day_limit'; limit: string; left: string }

interface Asked {
  actor: Actor
  kind: PostingKind
  fingerprint: string
}

/** The answer as a result. @throws Refusal, in words, where nothing was booked */
export function resultOf(answer: Answer, asked: Asked): Posted {
  switch (answer.outcome) {
    case 'posted':
      return booked(answer.posting, true)
    case 'same_key':
      if (answer.posting.fingerprint !== asked.fingerprint) throw keySpent()
      return booked(answer.posting, false)
    case 'waits':
      if (answer.fingerprint !== asked.fingerprint) throw keySpentOn(answer.state)
      if (answer.state !== 'waiting') throw decidedAlready(answer.state)
      return { waits: true, fresh: answer.fresh, waitingId: answer.waiting }
    default:
      throw refusalFor(answer, asked)
  }
}

function booked({ id, entries }: AnswerPosting, fresh: boolean): Booked {
  const moves = entries.map(({ account, amount, before, after }) => ({
    account,
    amount: BigInt(amount),
    before: BigInt(before),
    after: BigInt(after),
  }))
  const [first] = moves
  if (!first) throw new Error(`Posting ${id} has no entry.`)
  const { amount, before, after } = first
  return { waits: false, fresh, postingId: id, moves, amount, before, after }
}

/** Where the form of each kind has the sum; where a kind has no such field, the refusal is shown above its form. */
const AMOUNT_FIELDS: Partial<Record<PostingKind, string>> = {
  refill: 'amount',
  deduction: 'amount',
  credits_set: 'credits',
  charge: 'amount',
}

type Refused = Exclude<Answer, { outcome: 'posted' | 'same_key' | 'waits' }>

function refusalFor(answer: Refused, { actor, kind }: Asked): Refusal {
  const said = { reseller: actor.reseller.name, ...amountsIn(answer, actor) }
  const field = AMOUNT_FIELDS[kind]
  const at = { ...(field && { field }), ...('now' in answer && { facts: { now: BigInt(answer.now) } }) }
  switch (answer.outcome) {
    case 'missing':
      return new Refusal(404, t('This page does not exist.'))
    case 'decided':
      return decidedAlready(answer.state)
    case 'own':
      return new Refusal(403, t('You entered this, so someone else must approve it.'))
    case 'may_not_approve':
      return new Refusal(403, t('You can no longer approve postings. Someone else must approve this.'))
    case 'may_not_post':
      return new Refusal(403, t('You can no longer post. Ask an Owner of {reseller}.', said))
    case 'grant_over':
      return new Refusal(422, t('These credits would already have expired. Choose a later day.'), {
        field: 'expiresOn',
      })
    case 'same_receipt':
      return new Refusal(
        409,
        t(
          'A payment with this channel and reference is already posted. If this is a different payment, select the checkbox.',
        ),
        { field: 'reference', facts: duplicateFacts(answer) },
      )
    case 'moved':
      return new Refusal(
        409,
        t(
          'Credits have changed to {now} since you opened this form. Check the amount, then submit again.',
          said,
        ),
        { facts: { now: BigInt(answer.now) } },
      )
    case 'same':
      return new Refusal(422, t('Credits are already {now}.', said), at)
    case 'too_large':
      return new Refusal(422, t('This amount is too large to post.'), at)
    case 'short': {
      if (kind === 'reversal') return new Refusal(422, shortForReversal(answer.account, said))
      const sentence =
        BigInt(answer.available) > 0n
          ? t('Only {available} is available. Enter a smaller amount.', said)
          : t('{available} is available, so nothing can be deducted.', said)
      return new Refusal(422, sentence, at)
    }
    case 'irreversible':
      return new Refusal(
        422,
        t('Postings of the kind {kind} cannot be reversed. Enter a correcting posting instead.', {
          kind: KIND_NAMES[answer.kind],
        }),
      )
    case 'reversed':
      return new Refusal(409, t('This posting was already reversed. A posting can be reversed only once.'), {
        facts: { reversedBy: answer.by },
      })
    case 'granted_expired':
      return new Refusal(422, GRANTED_EXPIRED)
    case 'currency_changed':
      return new Refusal(
        409,
        t(
          'The currency has been changed to {currency}. Nothing was posted. Check the amount, then submit again.',
          { currency: answer.currency },
        ),
      )
    case 'above_entry_limit':
      return new Refusal(
        422,
        t('Your role can post at most {limit} per posting. Ask an Owner of {reseller}.', said),
        at,
      )
    case 'above_day_limit':
      return new Refusal(
        422,
        t('Your role can post at most {limit} within 24 hours. You have {left} left.', said),
        at,
      )
  }
}

/** The amounts in an answer, in words. */
export function amountsIn(answer: Answer, { reseller }: Actor): Record<string, string> {
  const { money } = formatsFor(reseller)
  const amounts = Object.entries(answer).filter(([name]) => /^(now|available|limit|left)$/.test(name))
  return Object.fromEntries(amounts.map(([name, minor]) => [name, money(BigInt(minor))]))
}

/** Where the receipt was booked first, for the page to show. */
export const duplicateFacts = ({ duplicate, reference, customer, email }: SameReceipt) => ({
  duplicateOf: { id: duplicate, reference, customer: { id: customer, email } },
})

/** Why a grant that has expired, or a part of it, is not reversed: that part would be taken a second time, from other credits. */
export const GRANTED_EXPIRED = t(
  'Some credits from this posting have expired, so it cannot be reversed. Set the credits to the correct amount instead.',
)

const shortForReversal = (account: Account, said: Record<string, string>) =>
  account === 'BALANCE'
    ? t(
        'Only {available} of the balance is available. The rest has been spent, so this cannot be reversed.',
        said,
      )
    : t('Only {available} of the credits is left. The rest has been spent, so this cannot be reversed.', said)
