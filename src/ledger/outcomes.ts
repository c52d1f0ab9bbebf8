import type { Account, PostingKind, WaitingState } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'
import { formatsFor } from '../words/format.ts'
import { DONE_ALREADY, ProofNeeded, Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { KIND_NAMES, kindOf } from './kinds.ts'
import { decidedAlready } from './sent-before.ts'

export interface AnswerPosting {
  id: string
  /** The address of the customer whose accounts it moved. */
  email: string
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
  | {
      outcome:
        | 'missing'
        | 'own'
        | 'may_not_approve'
        | 'may_not_post'
        | 'grant_over'
        | 'granted_expired'
        | 'newer'
        | 'proof_needed'
    }
  | { outcome: 'same_hand'; giver: 'maker' | 'decider' | 'third'; name: string }
  | { outcome: 'currency_changed'; currency: string }
  | SameReceipt
  | { outcome: 'moved' | 'same' | 'too_large'; now: string }
  | { outcome: 'short'; account: Account; available: string; now: string }
  | { outcome: 'irreversible'; kind: PostingKind }
  | { outcome: 'reversed'; by: string }
  | { outcome: 'above_entry_limit'; limit: string }
  | { outcome: 'above_day_limit'; limit: string; left: string }

/** An answer of post_to_ledger() by which nothing was posted and nothing waits. */
export type Refused = Exclude<Answer, { outcome: 'posted' | 'same_key' | 'waits' }>

/** Who reads a refusal: the one who enters the posting, or the one who approves what `maker` has entered. */
export interface Reader {
  actor: Actor
  kind: PostingKind
  /** What the person is called who entered it; null for that person. */
  maker: string | null
}

/** What an outcome means to a reader. */
interface Meaning {
  status: Refusal['status']
  sentence: Sentence
  /** The field to correct. `sum`: wherever the kind's form has it; where it has none, the sentence is shown above the form. */
  field?: 'sum' | 'reference' | 'expiresOn'
  title?: Sentence
  facts?: Record<string, unknown>
}

interface Said {
  values: Record<string, string>
  kind: PostingKind
}

/** For who enters the posting, and, where it means something else there, for who approves it: that page has none of the fields. */
interface Meanings<Refusing extends Refused> {
  entering(answer: Refusing, said: Said): Meaning | Refusal
  approving?(answer: Refusing, said: Said): Meaning
}

/** What every refusal of post_to_ledger() means: status, field and sentence. */
const OUTCOMES: { [Outcome in Refused['outcome']]: Meanings<Extract<Refused, { outcome: Outcome }>> } = {
  missing: { entering: () => ({ status: 404, sentence: t('This page does not exist.') }) },
  decided: { entering: ({ state }) => decidedAlready(state) },
  newer: {
    entering: () => ({
      status: 409,
      sentence: t(
        'This was entered with a newer version of Purser, so it cannot be posted by this one. Reload the page, and try again.',
      ),
    }),
  },
  proof_needed: { entering: () => new ProofNeeded() },
  own: {
    entering: () => ({ status: 403, sentence: t('You entered this, so someone else must approve it.') }),
  },
  may_not_approve: {
    entering: () => ({
      status: 403,
      sentence: t('You can no longer approve postings. Someone else must approve this.'),
    }),
  },
  same_hand: {
    entering: ({ giver, name: person }, { values: { maker } }) => ({
      status: 403,
      sentence: sameHandInWords(giver, { maker: maker ?? '', person }),
    }),
  },
  may_not_post: {
    entering: (_, { values }) => ({
      status: 403,
      sentence: t('You can no longer post. Ask an Owner of {reseller}.', values),
    }),
    approving: (_, { values }) => ({
      status: 409,
      sentence: t('{maker} can no longer post. You can only reject this.', values),
    }),
  },
  grant_over: {
    entering: () => ({
      status: 422,
      sentence: t('These credits would already have expired. Choose a later day.'),
      field: 'expiresOn',
    }),
    approving: () => ({
      status: 409,
      sentence: t('These credits would already have expired. You can only reject this.'),
    }),
  },
  same_receipt: {
    entering: (answer) => ({
      status: 409,
      sentence: t(
        'A payment with this channel and reference is already posted. If this is a different payment, select the checkbox.',
      ),
      field: 'reference',
      facts: duplicateFacts(answer),
    }),
    approving: (answer) => ({
      status: 409,
      sentence: t(
        'A payment with this channel and reference has since been posted. You can only reject this one.',
      ),
      facts: duplicateFacts(answer),
    }),
  },
  moved: {
    entering: ({ now }, { values }) => ({
      status: 409,
      sentence: t(
        'Credits have changed to {now} since you opened this form. Check the amount, then submit again.',
        values,
      ),
      facts: { now: BigInt(now) },
    }),
    approving: (_, { values }) => ({
      status: 409,
      sentence: t(
        'Credits have changed to {now} since {maker} entered this. Reject it, then have it entered again.',
        values,
      ),
    }),
  },
  same: {
    entering: ({ now }, { values }) => ({
      status: 422,
      sentence: t('Credits are already {now}.', values),
      field: 'sum',
      facts: { now: BigInt(now) },
    }),
    approving: (_, { values }) => ({
      status: 409,
      sentence: t('Credits are already {now}. Reject this.', values),
    }),
  },
  too_large: {
    entering: ({ now }) => ({
      status: 422,
      sentence: t('This amount is too large to post.'),
      field: 'sum',
      facts: { now: BigInt(now) },
    }),
    approving: () => ({
      status: 422,
      sentence: t(
        'This would make the total too large to post. It stays here until it fits or you reject it.',
      ),
    }),
  },
  short: {
    entering: (answer, said) =>
      said.kind === 'reversal'
        ? { status: 422, sentence: shortForReversal(answer.account, said.values) }
        : {
            status: 422,
            sentence:
              BigInt(answer.available) > 0n
                ? t('Only {available} is available. Enter a smaller amount.', said.values)
                : t('{available} is available, so nothing can be deducted.', said.values),
            field: 'sum',
            facts: { now: BigInt(answer.now) },
          },
    approving: (_, { values }) => ({
      status: 422,
      sentence: t(
        'Only {available} is available, so this cannot be posted now. It stays here until the balance is refilled or you reject it.',
        values,
      ),
    }),
  },
  irreversible: {
    entering: ({ kind }) => ({
      status: 422,
      sentence: t('Postings of the kind {kind} cannot be reversed. Enter a correcting posting instead.', {
        kind: KIND_NAMES[kind],
      }),
    }),
  },
  reversed: {
    entering: ({ by }) => ({
      status: 409,
      sentence: t('This posting was already reversed. A posting can be reversed only once.'),
      facts: { reversedBy: by },
    }),
    approving: () => ({
      status: 409,
      sentence: t('This posting was already reversed. You can only reject this.'),
      title: DONE_ALREADY,
    }),
  },
  granted_expired: {
    entering: () => ({ status: 422, sentence: GRANTED_EXPIRED }),
    approving: () => ({
      status: 409,
      sentence: t('Credits from the original posting have since expired. You can only reject this.'),
    }),
  },
  currency_changed: {
    entering: ({ currency }) => ({
      status: 409,
      sentence: t(
        'The currency has been changed to {currency}. Nothing was posted. Check the amount, then submit again.',
        { currency },
      ),
    }),
  },
  above_entry_limit: {
    entering: (_, { values }) => ({
      status: 422,
      sentence: t('Your role can post at most {limit} per posting. Ask an Owner of {reseller}.', values),
      field: 'sum',
    }),
    approving: (_, { values }) => ({
      status: 422,
      sentence: t('{maker} can now post at most {limit} per posting. You can only reject this.', values),
    }),
  },
  above_day_limit: {
    entering: (_, { values }) => ({
      status: 422,
      sentence: t('Your role can post at most {limit} within 24 hours. You have {left} left.', values),
      field: 'sum',
    }),
    approving: (_, { values }) => ({
      status: 422,
      sentence: t(
        '{maker} can post at most {limit} within 24 hours and has {left} left. Approve this later, or reject it.',
        values,
      ),
    }),
  },
}

/** The refusal of an answer by which nothing was posted, for the one who reads it. */
export function refusalOf(answer: Refused, { actor, kind, maker }: Reader): Refusal {
  const { entering, approving } = OUTCOMES[answer.outcome] as Meanings<Refused>
  const said = {
    kind,
    values: { reseller: actor.reseller.name, maker: maker ?? '', ...amountsIn(answer, actor) },
  }
  const meaning = maker !== null && approving ? approving(answer, said) : entering(answer, said)
  if (meaning instanceof Refusal) return meaning
  const { status, sentence, field: named, ...more } = meaning
  const field = named === 'sum' ? kindOf(kind).sumField : named
  return new Refusal(status, sentence, { ...more, ...(field && { field }) })
}

/** The amounts in an answer, in words. */
function amountsIn(answer: Answer, { reseller }: Actor): Record<string, string> {
  const { money } = formatsFor(reseller)
  const amounts = Object.entries(answer).filter(([name]) => /^(now|available|limit|left)$/.test(name))
  return Object.fromEntries(amounts.map(([name, minor]) => [name, money(BigInt(minor))]))
}

/** Where the receipt was posted first, for the page to show. */
const duplicateFacts = ({ duplicate, reference, customer, email }: SameReceipt) => ({
  duplicateOf: { id: duplicate, reference, customer: { id: customer, email } },
})

/** Why a second person is none who was brought in by the first, or brought the first in, or by whom both were. */
export function sameHandInWords(
  giver: 'maker' | 'decider' | 'third',
  said: { maker: string; person: string },
): Sentence {
  if (giver === 'maker') {
    return t(
      '{maker} added you, turned you on or gave you your role within the last seven days, so someone else must approve this.',
      said,
    )
  }
  if (giver === 'decider') {
    return t(
      'You added {maker}, turned them on or gave them their role within the last seven days, so someone else must approve this.',
      said,
    )
  }
  return t(
    'You and {maker} were added, turned on or given your roles by {person} within the last seven days, so someone else must approve this.',
    said,
  )
}

/** Why a grant that has expired, or a part of it, is not reversed: that part would be taken a second time, from other credits. */
export const GRANTED_EXPIRED = t(
  'Some credits from this posting have expired, so it cannot be reversed. Set the credits to the correct amount instead.',
)

const shortForReversal = (account: Account, values: Record<string, string>) =>
  account === 'BALANCE'
    ? t(
        'Only {available} of the balance is available. The rest has been spent, so this cannot be reversed.',
        values,
      )
    : t(
        'Only {available} of the credits is left. The rest has been spent, so this cannot be reversed.',
        values,
      )
