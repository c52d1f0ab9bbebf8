import { type FileToSend, csvFile, fileEvent } from '../files/file.ts'
import { paths } from '../paths.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { TEAM_TYPE_NAMES } from '../teams/names.ts'
import type { CsvColumns } from '../web/csv.ts'
import { t, wordsFor } from '../words/words.ts'
import { customersExported } from './events.ts'
import { type CustomerQuery, type ListedCustomer, customerStatement, toListed } from './list.ts'

type WhatIsShown = Pick<CustomerQuery, 'q' | 'state' | 'type' | 'tag' | 'sort'>

/**
 * All customers that the list shows for this query, in its order and under its headings, as a file that is read while it is sent.
 */
export async function exportCustomers(actor: Actor, query: WhatIsShown): Promise<FileToSend> {
  mustBeAllowed(actor, 'customers.export')
  const { q, state, type, tag, sort } = query
  const asked = paths.customers({ q, state, type, tag, sort }).split('?')[1] ?? ''
  const words = wordsFor(actor.reseller.locale)
  const columns: CsvColumns<ListedCustomer> = [
    [words(t('Customer account')), ({ email }) => email],
    [words(t('Team name')), ({ teamName }) => teamName],
    [words(t('Team type')), ({ teamType }) => words(TEAM_TYPE_NAMES[teamType])],
    [words(t('Internal customer ID')), ({ id }) => id],
    [words(t('Balance')), ({ balance }) => balance],
    [words(t('Credits')), ({ credits }) => credits],
    [words(t('Company name')), ({ companyName }) => companyName],
    [words(t('State')), (customer) => customer.state],
    [words(t('Tag')), ({ tags }) => tags.map(({ name }) => name).join(', ')],
    [words(t('Registration time')), ({ registeredAt }) => registeredAt],
  ]
  return csvFile(actor.reseller, {
    named: { what: 'customers', whose: actor.reseller.slug },
    event: fileEvent(customersExported, { query: asked }),
    columns,
    statement: await customerStatement(actor, query),
    toShown: toListed,
  })
}
