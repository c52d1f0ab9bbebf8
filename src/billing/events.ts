import { type Changes, changesInWords } from '../events/changes.ts'
import { event } from '../events/event.ts'
import { t } from '../words/words.ts'

export const billingProfileChanged = event<{ kind: string } & Changes>(
  'billing_profile.changed',
  t('Billing profile changed'),
  (changes) => t('changed the billing profile: {changes}', { changes: changesInWords(changes) }),
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
