import { type Event, event } from '../events/event.ts'
import type { Account, PostingKind, PostingReason } from '../generated/prisma/client.ts'
import { type Actor, may } from '../people/actor.ts'
import type { Permission } from '../people/permissions.ts'
import type { Formats } from '../words/format.ts'
import { type Sentence, t } from '../words/words.ts'
import { REASONS, reasonName } from './reasons.ts'

/** What is true of every posting of a kind. The database reads it too, as posting_kinds(). */
interface Kind {
  /** What it is called where entries are listed. */
  name: Sentence
  /**
   * How the sums that it moves come about: the balance by an amount; credits first by an amount, the balance by the rest; credits to a
   * target; what another posting moved, the other way round; what is left of grants that are over. See movement_of().
   */
  moves: 'amount' | 'credits_first' | 'target' | 'reversed' | 'expired'
  /** Whether it gives or takes; null: either. */
  sign: 1 | -1 | null
  /** The accounts that it may move; of two, the credits first. */
  accounts: readonly Account[]
  /** The field that its form has for the sum; null where the form has none. */
  sumField: 'amount' | 'credits' | null
  /** What it can be posted for; [] where it has no reason. Money received needs its channel and reference. */
  reasons: readonly PostingReason[]
  /** Whether it always needs an internal comment, and not for the reason "other" alone. */
  needsComment: boolean
  /** What a person needs to post it; null where nobody can. */
  permission: Permission | null
  /** Whether it counts against the limits of who posts it, and waits above their threshold. */
  isLimited: boolean
  /** Whether it can be reversed. A reversal cannot, nor what nobody decided, such as an expiry: post the opposite instead. */
  isReversible: boolean
  /** What the picture of the last twelve months counts it as. */
  countsAs: 'refilled' | 'deducted' | 'granted' | 'charged' | null
  /** What the audit log keeps of it. */
  event: Event<never>
  /** Its form, where an amount and a description are all that it asks, with a reference and a day for those who like. */
  described: FormWords | null
}

/** The words of a form at /customers/:id/{at}, from the menu to what is said when it is done. Sums are in words. */
export interface FormWords {
  at: string
  title: Sentence
  icon: string
  hint: Sentence
  button: (amount: string) => Sentence
  done: (said: { amount: string; email: string; credits: string | null; balance: string | null }) => Sentence
  again: (said: { amount: string }) => Sentence
}

/** A movement of money as the log remembers it; minor units. */
type Moved = {
  amount: string
  before: string
  after: string
  reason: string
  posting: string
  account: string
}

/** A posting that may have moved both accounts; minor units. `before` and `after` are the balance's where both moved. */
type MovedBoth = Omit<Moved, 'reason' | 'account'> & { creditsBefore?: string; creditsAfter?: string }

/** The amount has no sign: the sentence says what was done. */
const size = (amount: string, money: Formats['money']) => money(BigInt(amount.replace(/^-/, '')))

/** A movement's amounts and reason for a sentence. */
const inMoney = ({ amount, before, after, reason }: Moved, money: Formats['money']) => ({
  amount: size(amount, money),
  before: money(BigInt(before)),
  after: money(BigInt(after)),
  reason: reasonName(reason),
})

const balanceRefilled = event<Moved>('balance.refilled', t('Balance refilled'), (moved, { money }) =>
  t('refilled {amount} ({reason}): {before} → {after}', inMoney(moved, money)),
)

const balanceDeducted = event<Moved>('balance.deducted', t('Balance deducted'), (moved, { money }) =>
  t('deducted {amount} ({reason}): {before} → {after}', inMoney(moved, money)),
)

const creditsSet = event<Moved>('credits.set', t('Credits set'), (moved, { money }) =>
  t('set the credits ({reason}): {before} → {after}', inMoney(moved, money)),
)

const customerCharged = event<MovedBoth>('customer.charged', t('Customer charged'), ({ amount }, { money }) =>
  t('charged {amount}', { amount: size(amount, money) }),
)

const postingReversed = event<MovedBoth & { reverses: string; reversed: PostingKind }>(
  'posting.reversed',
  t('Posting reversed'),
  ({ amount, reversed }, { money }) =>
    t('reversed a posting ({kind}): {amount}', {
      kind: KIND_NAMES[reversed],
      amount: money(BigInt(amount)),
    }),
)

const creditsExpired = event<Omit<Moved, 'reason' | 'account'>>(
  'credits.expired',
  t('Credits expired'),
  ({ amount, before, after }, { money }) =>
    t('expired {amount} of credits: {before} → {after}', {
      amount: money(BigInt(amount)),
      before: money(BigInt(before)),
      after: money(BigInt(after)),
    }),
)

/** Every kind of posting, in the order in which a filter offers them. */
const TABLE: Readonly<Record<PostingKind, Kind>> = {
  refill: {
    name: t('Refill'),
    moves: 'amount',
    sign: 1,
    accounts: ['BALANCE'],
    sumField: 'amount',
    reasons: REASONS,
    needsComment: false,
    permission: 'money.post',
    isLimited: true,
    isReversible: true,
    countsAs: 'refilled',
    event: balanceRefilled,
    described: null,
  },
  deduction: {
    name: t('Deduction'),
    moves: 'amount',
    sign: -1,
    accounts: ['BALANCE'],
    sumField: 'amount',
    reasons: ['billing_error', 'refund', 'contract', 'courtesy', 'other'],
    needsComment: true,
    permission: 'money.post',
    isLimited: true,
    isReversible: true,
    countsAs: 'deducted',
    event: balanceDeducted,
    described: null,
  },
  credits_set: {
    name: t('Credits set'),
    moves: 'target',
    sign: null,
    accounts: ['CREDITS'],
    sumField: 'credits',
    reasons: ['courtesy', 'billing_error', 'refund', 'contract', 'other'],
    needsComment: false,
    permission: 'money.post',
    isLimited: true,
    isReversible: true,
    countsAs: 'granted',
    event: creditsSet,
    described: null,
  },
  charge: {
    name: t('Charge', { context: 'noun' }),
    moves: 'credits_first',
    sign: -1,
    accounts: ['CREDITS', 'BALANCE'],
    sumField: 'amount',
    reasons: [],
    needsComment: false,
    permission: 'money.post',
    isLimited: true,
    isReversible: true,
    countsAs: 'charged',
    event: customerCharged,
    described: {
      at: 'charges',
      title: t('Charge', { context: 'verb' }),
      icon: 'receipt-2',
      hint: t('What the charge is for. Shown to the customer'),
      button: (amount) => t('Charge {amount}', { amount }),
      done: ({ credits, balance, ...said }) => {
        if (balance === null) return t('Charged {amount} to {email}, all of it from credits.', said)
        if (credits === null) return t('Charged {amount} to {email}, all of it from the balance.', said)
        return t('Charged {amount} to {email}: {credits} from credits and {balance} from the balance.', {
          ...{ ...said, credits, balance },
        })
      },
      again: (said) => t('This charge of {amount} was already posted.', said),
    },
  },
  reversal: {
    name: t('Reversal'),
    moves: 'reversed',
    sign: null,
    accounts: ['CREDITS', 'BALANCE'],
    sumField: null,
    reasons: ['billing_error', 'refund', 'courtesy', 'contract', 'other'],
    needsComment: false,
    permission: 'money.post',
    isLimited: true,
    isReversible: false,
    countsAs: null,
    event: postingReversed,
    described: null,
  },
  expiry: {
    name: t('Expiry'),
    moves: 'expired',
    sign: -1,
    accounts: ['CREDITS'],
    sumField: null,
    reasons: [],
    needsComment: false,
    permission: null,
    isLimited: false,
    isReversible: false,
    countsAs: null,
    event: creditsExpired,
    described: null,
  },
}

/** Every kind, in the order in which a filter offers them. */
export const KINDS = Object.keys(TABLE) as [PostingKind, ...PostingKind[]]

/** What a posting is called where entries are listed. */
export const KIND_NAMES = Object.fromEntries(KINDS.map((kind) => [kind, TABLE[kind].name])) as Readonly<
  Record<PostingKind, Sentence>
>

/** What is true of every posting of this kind. */
export const kindOf = (kind: PostingKind): Kind => TABLE[kind]

/** The forms that ask for an amount and a description, in the order of their kinds. */
export const DESCRIBED = KINDS.flatMap((kind) => {
  const { described } = TABLE[kind]
  return described && movesAmount(kind) ? [{ kind, ...described }] : []
})

/** Whether a posting of this kind says by how much it moves something. */
export function movesAmount(kind: PostingKind): kind is AmountKind {
  return TABLE[kind].moves === 'amount' || TABLE[kind].moves === 'credits_first'
}

/** The kinds that move an amount. */
export type AmountKind = Exclude<PostingKind, 'credits_set' | 'reversal' | 'expiry'>

/** Whether a posting of this kind may move this account. */
export const mayMove = (kind: PostingKind, account: Account) => TABLE[kind].accounts.includes(account)

/** What a person needs to post this kind. @throws for a kind that nobody can post */
export function permissionFor(kind: PostingKind): Permission {
  const { permission } = TABLE[kind]
  if (!permission) throw new Error(`The kind ${kind} has no permission, so no one can post it.`)
  return permission
}

/** Whether the actor can post this kind. */
export const mayPost = (actor: Actor, kind: PostingKind) => may(actor, permissionFor(kind))

/** The permissions with any of which a person can post something. */
export const MAY_POST: readonly Permission[] = [
  ...new Set(KINDS.flatMap((kind) => TABLE[kind].permission ?? [])),
]

/** SQL for the list of the kinds of which this is true, in parentheses. */
export const kindsInSql = (fits: (kind: Kind) => boolean) =>
  `(${KINDS.filter((kind) => fits(TABLE[kind]))
    .map((kind) => `'${kind}'`)
    .join(', ')})`
