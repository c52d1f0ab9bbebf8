import { z } from 'zod'
import { choice, hiddenValue, longText, optionalChoice, text, tick, WHATEVER_ELSE } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { KEY } from './facts.ts'
import { amountField, type Money } from './money.ts'
import { CHANNELS, REASONS } from './reasons.ts'

/** The fields of every posting by hand. */
export const shared = {
  idempotencyKey: hiddenValue(KEY),
  comment: longText({ max: 1000 }).default(''),
  note: text({ max: 300 }).default(''),
}

/** Refill and Deduct: what was received needs its channel and reference. */
export function withReceipt(money: Money) {
  return z
    .object({
      ...shared,
      amount: amountField(money),
      reason: choice(REASONS),
      channel: optionalChoice(CHANNELS),
      reference: text({ max: 120 }).default(''),
      confirmDuplicate: tick(),
    })
    .superRefine((form, context) => {
      if (form.reason !== 'payment_received') return
      if (!form.channel) needs(context, 'channel', phrase('Choose how the payment was received.'))
      if (!form.reference) needs(context, 'reference', phrase('Enter the payment reference.'))
    }, WHATEVER_ELSE)
}

/** Complains at a field about what another one asks for. */
export function needs(context: z.core.$RefinementCtx, field: string, message: string) {
  context.addIssue({ code: 'custom', path: [field], message })
}
