import { TEAM_TYPE_NAMES } from '../teams/names.ts'
import { type Sentence, t } from '../web/words.ts'

/**
 * What a list or the log was narrowed to when it was exported: the query of its address, in words for a sentence. How it was sorted
 * makes no difference to what was taken along, so that is left out.
 */
export function askedInWords(query: string, deedLabel: (deed: string) => Sentence): Sentence[] {
  return [...new URLSearchParams(query)].flatMap(([name, value]): Sentence[] => {
    if (name === 'sort' || value === '') return []
    switch (name) {
      case 'q':
        return [t('the search “{text}”', { text: value })]
      case 'type':
        return [
          t('team type {type}', { type: TEAM_TYPE_NAMES[value as keyof typeof TEAM_TYPE_NAMES] ?? value }),
        ]
      case 'deed':
        return [t('event {deed}', { deed: deedLabel(value) })]
      case 'person':
        return [PEOPLE[value] ?? t('one member of staff')]
      default:
        return [
          Object.hasOwn(FILTERS, name)
            ? (FILTERS[name] as Filter)(value)
            : t('{name} {value}', { name, value }),
        ]
    }
  })
}

type Filter = (value: string) => Sentence

const FILTERS: Readonly<Record<string, Filter>> = {
  state: (state) => t('state {state}', { state }),
  tag: (tag) => t('tag {tag}', { tag }),
  customer: (customer) => t('customer {customer}', { customer }),
  from: (from) => t('from {from}', { from }),
  to: (to) => t('up to {to}', { to }),
}

const PEOPLE: Readonly<Record<string, Sentence>> = {
  customers: t('activity of customers'),
  system: t('activity of the system'),
  visitor: t('events at the login pages'),
}
