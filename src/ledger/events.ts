import { event } from '../events/event.ts'
import type { PostingKind } from '../generated/prisma/client.ts'
import type { Formats } from '../words/format.ts'
import { t } from '../words/words.ts'
import { KIND_NAMES } from './kinds.ts'
import { reasonName } from './reasons.ts'

/** A movement of money as the log remembers it; minor units. */
type Movement = {
  amount: string
  before: string
  after: string
  reason: string
  posting: string
  account: string
}

/** A posting that may have moved both accounts; minor units. `before` and `after` are the balance's where both moved. */
type Charged = {
  amount: string
  before: string
  after: string
  creditsBefore?: string
  creditsAfter?: string
  posting: string
}

/** A posting that waits for a second person, or did; minor units. */
export type Waited = {
  kind: PostingKind
  amount: string
  waiting: string
}

/** A movement's amounts and reason for a sentence. The amount has no sign: the sentence says what was done. */
function inMoney({ amount, before, after, reason }: Movement, money: Formats['money']) {
  return {
    amount: money(BigInt(amount.replace(/^-/, ''))),
    before: money(BigInt(before)),
    after: money(BigInt(after)),
    reason: reasonName(reason),
  }
}

/** Its kind and amount for a sentence. */
export function waitedInMoney({ kind, amount }: Waited, money: Formats['money']) {
  return { kind: KIND_NAMES[kind], amount: money(BigInt(amount)) }
}

export const ledgerExported = event<{ query: string }>(
  'ledger.exported',
  t('Ledger exported'),
  ({ query }) =>
    query ? t('exported the ledger entries matching {query}', { query }) : t('exported the whole ledger'),
)

export const balanceRefilled = event<Movement>(
  'balance.refilled',
  t('Balance refilled'),
  (movement, { money }) => t('refilled {amount} ({reason}): {before} → {after}', inMoney(movement, money)),
)

export const balanceDeducted = event<Movement>(
  'balance.deducted',
  t('Balance deducted'),
  (movement, { money }) => t('deducted {amount} ({reason}): {before} → {after}', inMoney(movement, money)),
)

export const creditsSet = event<Movement>('credits.set', t('Credits set'), (movement, { money }) =>
  t('set the credits ({reason}): {before} → {after}', inMoney(movement, money)),
)

export const customerCharged = event<Charged>(
  'customer.charged',
  t('Customer charged'),
  (charged, { money }) => t('charged {amount}', { amount: money(BigInt(charged.amount.replace(/^-/, ''))) }),
)

export const creditsExpired = event<{ amount: string; before: string; after: string; posting: string }>(
  'credits.expired',
  t('Credits expired'),
  ({ amount, before, after }, { money }) =>
    t('expired {amount} of credits: {before} → {after}', {
      amount: money(BigInt(amount)),
      before: money(BigInt(before)),
      after: money(BigInt(after)),
    }),
)

export const postingReversed = event<Charged & { reverses: string; reversed: PostingKind }>(
  'posting.reversed',
  t('Posting reversed'),
  ({ amount, reversed }, { money }) =>
    t('reversed a posting ({kind}): {amount}', {
      kind: KIND_NAMES[reversed],
      amount: money(BigInt(amount)),
    }),
)

export const postingWaits = event<Waited>(
  'posting.waits',
  t('Posting sent for approval'),
  (waited, { money }) => t('sent a posting for approval ({kind}): {amount}', waitedInMoney(waited, money)),
)

export const postingExpired = event<Waited & { madeBy: string }>(
  'posting.expired',
  t('Posting expired without a decision'),
  ({ madeBy, ...waited }, { money }) =>
    t('expired a posting entered by {madeBy} without a decision ({kind}): {amount}', {
      madeBy,
      ...waitedInMoney(waited, money),
    }),
)
