import { type Changes, changesInWords, type FieldNames } from '../events/changes.ts'
import { event } from '../events/event.ts'
import { t } from '../words/words.ts'

const FIELD_NAMES: FieldNames = {
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
  phone: t('phone'),
  billingEmail: t('billing e-mail'),
}

export const billingProfileChanged = event<{ kind: string } & Changes>(
  'billing_profile.changed',
  t('Billing profile changed'),
  (changes) => t('changed the billing profile: {changes}', { changes: changesInWords(changes, FIELD_NAMES) }),
)

export const statementExported = event<{ from: string; to: string; format: string }>(
  'statement.exported',
  t('Statement exported'),
  ({ from, to }) => {
    if (from && to) return t('exported the statement from {from} to {to}', { from, to })
    if (from) return t('exported the statement from {from}', { from })
    return to ? t('exported the statement up to {to}', { to }) : t('exported the whole statement')
  },
)
