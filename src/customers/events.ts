import { type FilterWords, askedInWords } from '../events/asked.ts'
import { event } from '../events/event.ts'
import { TEAM_TYPE_NAMES } from '../teams/names.ts'
import { t } from '../words/words.ts'

export const customerPasswordLinkShown = event<{ email: string }>(
  'customer.password_link_shown',
  t('Customer password link shown'),
  ({ email }) => t('viewed the set-password link for {email}', { email }),
)

export const customersExported = event<{ query: string }>(
  'customers.exported',
  t('Customers exported'),
  ({ query }) => {
    const asked = askedInWords(query, FILTER_WORDS)
    return asked.length > 0
      ? t('exported the customers matching {asked}', { asked })
      : t('exported all customers')
  },
)

const FILTER_WORDS: FilterWords = {
  type: (type) =>
    t('team type {type}', { type: TEAM_TYPE_NAMES[type as keyof typeof TEAM_TYPE_NAMES] ?? type }),
  state: (state) => t('state {state}', { state }),
  tag: (tag) => t('tag {tag}', { tag }),
}
