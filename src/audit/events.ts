import { type FilterWords, askedInWords } from '../events/asked.ts'
import { event } from '../events/event.ts'
import { type Sentence, t } from '../words/words.ts'

export const auditExported = event<{ query: string }>(
  'audit.exported',
  t('Activity exported'),
  ({ query }, { labelOf }) => {
    const asked = askedInWords(query, filterWords(labelOf))
    return asked.length > 0 ? t('exported activity: {asked}', { asked }) : t('exported all activity')
  },
)

const filterWords = (labelOf: (name: string) => Sentence): FilterWords => ({
  customer: (customer) => t('customer {customer}', { customer }),
  event: (name) => t('event {event}', { event: labelOf(name) }),
  // What the filter was called in rows from before.
  deed: (name) => t('event {event}', { event: labelOf(name) }),
  person: (person) => PEOPLE[person] ?? t('by a staff member'),
  from: (from) => t('from {from}', { from }),
  to: (to) => t('up to {to}', { to }),
})

const PEOPLE: Readonly<Record<string, Sentence>> = {
  customers: t('by customers'),
  system: t('by the system'),
  visitor: t('at the login pages'),
}
