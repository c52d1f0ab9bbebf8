import { readAll } from '../database/cursor.ts'
import { type FileToSend, fileEvent } from '../files/file.ts'
import { paths } from '../paths.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { TEAM_TYPE_NAMES } from '../teams/names.ts'
import { type CsvTable, csvPieces } from '../web/csv.ts'
import { savedAs } from '../web/file-name.ts'
import { t, wordsFor } from '../words/words.ts'
import { customersExported } from './events.ts'
import {
  type CustomerQuery,
  type CustomerRow,
  type ListedCustomer,
  customerStatement,
  toListed,
} from './list.ts'

type WhatIsShown = Pick<CustomerQuery, 'q' | 'state' | 'type' | 'tag' | 'sort'>

/**
 * All customers that the list shows for this query, in its order and under its headings, as a file that is read while it is sent.
 */
export async function exportCustomers(actor: Actor, query: WhatIsShown): Promise<FileToSend> {
  mustBeAllowed(actor, 'customers.export')
  const { q, state, type, tag, sort } = query
  const asked = paths.customers({ q, state, type, tag, sort }).split('?')[1] ?? ''
  const words = wordsFor(actor.reseller.locale)
  const columns: CsvTable<ListedCustomer>['columns'] = [
    { header: words(t('Customer account')), cell: ({ email }) => email },
    { header: words(t('Team name')), cell: ({ teamName }) => teamName },
    { header: words(t('Team type')), cell: ({ teamType }) => words(TEAM_TYPE_NAMES[teamType]) },
    { header: words(t('Internal customer ID')), cell: ({ id }) => id },
    { header: words(t('Balance')), cell: ({ balance }) => balance },
    { header: words(t('Credits')), cell: ({ credits }) => credits },
    { header: words(t('Company name')), cell: ({ companyName }) => companyName },
    { header: words(t('State')), cell: (customer) => customer.state },
    { header: words(t('Tag')), cell: ({ tags }) => tags.map(({ name }) => name).join(', ') },
    { header: words(t('Registration time')), cell: ({ registeredAt }) => registeredAt },
  ]
  const statement = await customerStatement(actor, query)
  return {
    name: savedAs({ what: 'customers', whose: actor.reseller.slug, extension: 'csv' }, actor.reseller),
    type: 'text/csv',
    event: fileEvent(customersExported, { query: asked }),
    pieces: (files) =>
      csvPieces({
        columns,
        lots: listed(readAll<CustomerRow>(files, statement)),
        settings: actor.reseller,
      }),
  }
}

async function* listed(lots: AsyncGenerator<CustomerRow[], void, undefined>) {
  for await (const rows of lots) yield rows.map(toListed)
}
