import type { Account, PostingKind } from '../generated/prisma/client.ts'
import { type Sentence, t } from '../words/words.ts'

/** What is true of every posting of a kind. What it moves is decided by movement_of() in sql/. */
interface Kind {
  /** What it is called where entries are listed. */
  name: Sentence
  /** The accounts that it may move; of two, the credits first. */
  accounts: readonly Account[]
  /** The field that its form has for the sum; null where the form has none. */
  sumField: 'amount' | 'credits' | null
  /** Whether it can be reversed. What undid something else, or was nobody's decision, cannot: post what it took again instead. */
  isReversible: boolean
}

/** Every kind of posting, in the order in which a filter offers them. */
const TABLE: Readonly<Record<PostingKind, Kind>> = {
  refill: { name: t('Refill'), accounts: ['BALANCE'], sumField: 'amount', isReversible: true },
  deduction: { name: t('Deduction'), accounts: ['BALANCE'], sumField: 'amount', isReversible: true },
  credits_set: { name: t('Credits set'), accounts: ['CREDITS'], sumField: 'credits', isReversible: true },
  charge: {
    ...{ name: t('Charge', { context: 'noun' }), accounts: ['CREDITS', 'BALANCE'] },
    ...{ sumField: 'amount', isReversible: true },
  },
  reversal: { name: t('Reversal'), accounts: ['CREDITS', 'BALANCE'], sumField: null, isReversible: false },
  expiry: { name: t('Expiry'), accounts: ['CREDITS'], sumField: null, isReversible: false },
}

/** Every kind, in the order in which a filter offers them. */
export const KINDS = Object.keys(TABLE) as [PostingKind, ...PostingKind[]]

/** What a posting is called where entries are listed. */
export const KIND_NAMES = Object.fromEntries(KINDS.map((kind) => [kind, TABLE[kind].name])) as Readonly<
  Record<PostingKind, Sentence>
>

/** What is true of every posting of this kind. */
export const kindOf = (kind: PostingKind): Kind => TABLE[kind]

/** Whether a posting of this kind may move this account. */
export const mayMove = (kind: PostingKind, account: Account) => TABLE[kind].accounts.includes(account)

/** SQL for the list of the kinds of which this is true, in parentheses. */
export const kindsInSql = (fits: (kind: Kind) => boolean) =>
  `(${KINDS.filter((kind) => fits(TABLE[kind]))
    .map((kind) => `'${kind}'`)
    .join(', ')})`
