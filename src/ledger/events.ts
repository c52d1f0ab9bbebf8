import { event } from '../events/event.ts'
import type { PostingKind } from '../generated/prisma/client.ts'
import type { Formats } from '../words/format.ts'
import { t } from '../words/words.ts'
import { KIND_NAMES } from './kinds.ts'

// What the log says of a refill and of every other posting stands beside its kind, in kinds.ts.

/** A posting that waits for a second person, or did; minor units. */
export type Waited = {
  kind: PostingKind
  amount: string
  waiting: string
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
