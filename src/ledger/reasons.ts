import { type Sentence, t } from '../words/words.ts'

/** Why money is moved by hand. Every such posting has one. */
export const REASONS = [
  'payment_received',
  'courtesy',
  'billing_error',
  'refund',
  'contract',
  'other',
] as const

/** How money was received outside Purser. */
export const CHANNELS = ['bank_transfer', 'card', 'cash', 'cheque', 'crypto', 'other'] as const

export const REASON_NAMES: Readonly<Record<(typeof REASONS)[number], Sentence>> = {
  payment_received: t('Payment received'),
  courtesy: t('Courtesy'),
  billing_error: t('Billing error'),
  refund: t('Refund'),
  contract: t('Contract'),
  other: t('Other'),
}

export const CHANNEL_NAMES: Readonly<Record<(typeof CHANNELS)[number], Sentence>> = {
  bank_transfer: t('Bank transfer'),
  card: t('Card'),
  cash: t('Cash'),
  cheque: t('Check'),
  crypto: t('Crypto'),
  other: t('Other channel'),
}

/** A reason in words, also one that this version does not know. */
export const reasonName = (reason: string): Sentence | string =>
  Object.hasOwn(REASON_NAMES, reason) ? REASON_NAMES[reason as keyof typeof REASON_NAMES] : reason
