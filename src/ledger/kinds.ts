import type { PostingKind } from '../generated/prisma/client.ts'
import { type Sentence, t } from '../words/words.ts'

/** What a posting is called where entries are listed. */
export const KIND_NAMES: Readonly<Record<PostingKind, Sentence>> = {
  refill: t('Refill'),
  deduction: t('Deduction'),
  credits_set: t('Credits set'),
  charge: t('Charge', { context: 'noun' }),
  reversal: t('Reversal'),
  expiry: t('Expiry'),
}

/** Every kind, in the order in which a filter offers them. */
export const KINDS = [
  'refill',
  'deduction',
  'credits_set',
  'charge',
  'reversal',
  'expiry',
] as const satisfies readonly PostingKind[]
