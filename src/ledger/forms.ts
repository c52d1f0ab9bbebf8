import { z } from 'zod'
import { randomUUID } from 'node:crypto'
import { currentTime } from '../database/clock.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { endOfDay, startOfDay } from '../web/days.ts'
import {
  WHATEVER_ELSE,
  choice,
  hiddenValue,
  longText,
  optionalChoice,
  optionalDay,
  text,
  tick,
} from '../web/form.ts'
import { formatsFor } from '../web/format.ts'
import { phrase } from '../web/phrase.ts'
import { CATEGORIES } from './grants/grants.ts'
import { type Money, amountField, hiddenAmount, perCurrency, withAmounts } from './money.ts'
import { CHANNELS, REASONS, REASONS_OF } from './reasons.ts'

/** A new idempotency key for a form that is being rendered. */
export const newKey = () => randomUUID()

const KEY = /^[A-Za-z0-9._:-]{8,128}$/

/** Whether a text can be an idempotency key: 8 to 128 characters that need no escaping anywhere. */
export const isKey = (text: string | undefined): text is string => text !== undefined && KEY.test(text)

const shared = {
  idempotencyKey: hiddenValue(KEY),
  comment: longText({ max: 1000 }).default(''),
  note: text({ max: 300 }).default(''),
}

/** Refill: what was received needs its channel and reference; "other" needs a comment. */
export const RefillForm = perCurrency((money) =>
  withAmounts(
    ['amount'],
    withReceipt(money).superRefine((form, context) => {
      if (form.reason === 'other' && !form.comment)
        needs(context, 'comment', phrase('Enter the reason in the internal comment.'))
    }, WHATEVER_ELSE),
  ),
)

/** Deduct: as Refill, and always with a comment. */
export const DeductForm = perCurrency((money) =>
  withAmounts(
    ['amount'],
    withReceipt(money).superRefine((form, context) => {
      if (!form.comment)
        needs(
          context,
          'comment',
          phrase('Enter an internal comment that gives the reason for the deduction.'),
        )
    }, WHATEVER_ELSE),
  ),
)

/** What may be done to credits: `credits` is what they shall be, or by how much. */
const OPERATIONS = ['set', 'add', 'take'] as const

/**
 * Set credits to a target, add to them or take away; `seen` is what the page showed, in plain decimals, and what a step counts from. What
 * comes of it is `credits`. Category and last day are the grant's by which credits are raised: where they are lowered, neither counts,
 * whatever it is.
 */
export function CreditsForm(reseller: ResellerFacts, now = currentTime()) {
  const form = z
    .object({
      ...shared,
      seen: hiddenAmount(reseller),
      operation: optionalChoice(OPERATIONS),
      credits: amountField(reseller, { zero: true }),
      reason: choice(REASONS),
      category: optionalChoice(CATEGORIES),
      expiresOn: optionalDay(),
    })
    .superRefine((form, context) => {
      if (form.reason === 'payment_received') {
        needs(
          context,
          'reason',
          phrase('Credits cannot be paid for. Choose another reason, or refill the balance.'),
        )
      }
      if (form.reason === 'other' && !form.comment)
        needs(context, 'comment', phrase('Enter the reason in the internal comment.'))
      if (isStep(form) && form.credits === 0n)
        needs(context, 'credits', phrase('Enter an amount above zero.'))
      if (typeof form.credits !== 'bigint' || typeof form.seen !== 'bigint') return
      const raises = targetOf(form) > form.seen
      if (raises && form.expiresOn && form.expiresOn <= formatsFor(reseller).isoDay(now))
        needs(
          context,
          'expiresOn',
          phrase('Choose a day after today, or leave empty if the credits do not expire.'),
        )
    }, WHATEVER_ELSE)
    .transform(({ expiresOn, operation, ...form }) => ({
      ...form,
      operation: operation ?? 'set',
      credits: targetOf({ ...form, operation }),
      grantExpiresAt: expiresOn ? endOfDay(expiresOn, reseller) : undefined,
    }))
  return z.preprocess(withoutLeftOver, withAmounts(['credits'], form))
}

type CreditsStep = { operation?: (typeof OPERATIONS)[number] | undefined; credits: bigint; seen: bigint }

const isStep = ({ operation }: Pick<CreditsStep, 'operation'>) => operation === 'add' || operation === 'take'

/** Where a step leads; below zero where more is taken away than there is. Minor units. */
function targetOf({ operation, credits, seen }: CreditsStep): bigint {
  if (operation === 'add') return seen + credits
  return operation === 'take' ? seen - credits : credits
}

/** The page fills in what the credits are. Where that was left standing, nobody has typed it as a step: it counts as not filled in. */
function withoutLeftOver(body: unknown): unknown {
  const sent = body as Readonly<Record<string, unknown>> | undefined
  const isLeft =
    sent?.credits === sent?.creditsFilled && (sent?.operation === 'add' || sent?.operation === 'take')
  return isLeft ? { ...sent, credits: '' } : body
}

/** A charge by hand. `effectiveAt` is the day that it is for. */
export function ChargeForm(reseller: ResellerFacts) {
  const form = z
    .object({
      idempotencyKey: shared.idempotencyKey,
      amount: amountField(reseller),
      description: text({ max: 300, min: 1 }),
      reference: text({ max: 120 }).default(''),
      effectiveAt: optionalDay(),
    })
    .transform(({ effectiveAt, ...form }) => ({
      ...form,
      effectiveAt: effectiveAt ? startOfDay(effectiveAt, reseller) : undefined,
    }))
  return withAmounts(['amount'], form)
}

/** How far below zero the balance may go; `seen` is what the page showed, in plain decimals. */
export function OverdraftForm(reseller: ResellerFacts) {
  const form = z.object({
    seen: hiddenAmount(reseller),
    overdraft: amountField(reseller, { zero: true }),
    reason: longText({ max: 500, min: 1 }),
  })
  return withAmounts(['overdraft'], form)
}

/** Reverse a posting; one that takes money, as a reversed refill does, needs a comment. */
export function ReversalForm({ takes }: { takes: boolean }) {
  return z.object({ ...shared, reason: choice(REASONS_OF.reversal) }).superRefine((form, context) => {
    if (form.comment) return
    if (takes)
      needs(
        context,
        'comment',
        phrase('This takes money from the customer. Give the reason in the internal comment.'),
      )
    else if (form.reason === 'other')
      needs(context, 'comment', phrase('Enter the reason in the internal comment.'))
  }, WHATEVER_ELSE)
}

function withReceipt(money: Money) {
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

function needs(context: z.core.$RefinementCtx, field: string, message: string) {
  context.addIssue({ code: 'custom', path: [field], message })
}
