import type { PostingKind } from '../generated/prisma/client.ts'
import { KIND_NAMES } from '../ledger/kinds.ts'
import { reasonName } from '../ledger/reasons.ts'
import type { Formats } from '../web/format.ts'
import { type Sentence, type Value, t } from '../web/words.ts'

/**
 * Which fields of something were changed, by their names in the form; where there is room for it, what stood there before and what
 * stands there now, in the same order.
 */
export type Changes = {
  changed: readonly string[]
  before?: readonly string[]
  after?: readonly string[]
}

/** A movement of money as the log remembers it; minor units. */
export type Movement = {
  amount: string
  before: string
  after: string
  reason: string
  posting: string
  account: string
}

/** A posting that may have moved both accounts; minor units. `before` and `after` are the balance's where both moved. */
export type Charged = {
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

/** The limits of a role that were changed, by their names; minor units, '' for none, in the same order. */
export type LimitsChanged = {
  role: string
  changed: readonly string[]
  before: readonly string[]
  after: readonly string[]
}

/** "name from Ada to Ada L. and phone": a list for a sentence. */
export function changesInWords({ changed, before = [], after = [] }: Changes): Sentence[] {
  return changed.map((field, place) => {
    const name = fieldName(field)
    const [was, is] = [before[place], after[place]]
    if (was === undefined || is === undefined) return name
    if (was === '') return t('{field} to {after}', { field: name, after: is })
    if (is === '') return t('{field} from {before} to empty', { field: name, before: was })
    return t('{field} from {before} to {after}', { field: name, before: was, after: is })
  })
}

/** A movement's amounts and reason for a sentence. The amount has no sign: the sentence says what was done. */
export function inMoney({ amount, before, after, reason }: Movement, money: Formats['money']) {
  return {
    amount: money(BigInt(amount.replace(/^-/, ''))),
    before: money(BigInt(before)),
    after: money(BigInt(after)),
    reason: reasonName(reason),
  }
}

/** "at most at once from none to 500.00 USD": a list for a sentence. */
export function limitsInWords(
  { changed, before, after }: Omit<LimitsChanged, 'role'>,
  money: Formats['money'],
): Sentence[] {
  const sum = (minor: string | undefined) =>
    minor ? t('{amount}', { amount: money(BigInt(minor)) }) : t('none')
  return changed.map((name, place) => {
    const said = { before: sum(before[place]), after: sum(after[place]) }
    if (name === 'entryMax') return t('at once from {before} to {after}', said)
    if (name === 'dayMax') return t('within 24 hours from {before} to {after}', said)
    return t('approval required above from {before} to {after}', said)
  })
}

/** Its kind and amount for a sentence. */
export function waitedInMoney({ kind, amount }: Waited, money: Formats['money']) {
  return { kind: KIND_NAMES[kind], amount: money(BigInt(amount)) }
}

/** The sentence, or null where the row's facts are not what it needs. */
export function wholeSentence(say: () => Sentence): Sentence | null {
  try {
    const sentence = say()
    return Object.values(sentence.values ?? {}).every(isWhole) ? sentence : null
  } catch {
    // Not a failure: an older row remembers other facts than today's sentence asks for.
    return null
  }
}

function isWhole(value: Value | null | undefined): boolean {
  if (value === undefined || value === null) return false
  if (Array.isArray(value)) return value.length > 0 && value.every(isWhole)
  return typeof value === 'object' && 'values' in value
    ? Object.values(value.values ?? {}).every(isWhole)
    : true
}

/** A field as it is called in the middle of a sentence; one without a name here shows as it is. */
function fieldName(field: string): Sentence {
  return Object.hasOwn(FIELD_NAMES, field) ? (FIELD_NAMES[field] as Sentence) : t('{field}', { field })
}

const FIELD_NAMES: Readonly<Record<string, Sentence>> = {
  name: t('name'),
  email: t('e-mail address'),
  phone: t('phone'),
  externalReference: t('external reference'),
  address: t('address'),
  supportEmail: t('support e-mail'),
  timeZone: t('time zone'),
  locale: t('locale'),
  currency: t('currency'),
  sendsMail: t('whether mail is sent'),
  kind: t('kind'),
  legalName: t('legal name'),
  companyName: t('company name'),
  taxId: t('tax ID'),
  addressLine1: t('address line 1'),
  addressLine2: t('address line 2'),
  city: t('city'),
  region: t('region'),
  postalCode: t('postal code'),
  country: t('country'),
  billingEmail: t('billing e-mail'),
  lowBalanceThreshold: t('threshold of low-balance alerts'),
  lowBalanceToCustomer: t('whether customers are told of a low balance'),
  lowBalanceToStaff: t('whether staff are told of a low balance'),
}
