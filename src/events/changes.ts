import { type Sentence, t } from '../words/words.ts'

/**
 * Which fields of something were changed, by their names in the form; where there is room for it, what stood there before and what
 * is the current value, in the same order.
 */
export type Changes = {
  changed: readonly string[]
  before?: readonly string[]
  after?: readonly string[]
}

/** The fields that differ, for an event that remembers them. What `after` does not name was left alone. */
export function changesBetween<Facts extends Record<string, string>>(
  before: Readonly<Facts>,
  after: Readonly<Partial<Facts>>,
): Required<Changes> {
  const changed = Object.keys(after).filter(
    (name) => after[name] !== undefined && before[name] !== after[name],
  )
  return {
    changed,
    before: changed.map((name) => before[name] ?? ''),
    after: changed.map((name) => after[name] ?? ''),
  }
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
  sendsMail: t('whether e-mail is sent'),
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
  lowBalanceToCustomer: t('whether customers get low-balance alerts'),
  lowBalanceToStaff: t('whether staff get low-balance alerts'),
}
