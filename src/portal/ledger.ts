import type { Response } from 'express'
import { EVERYBODY, isUnclear, matchCustomer, type CustomerMatch } from '../customers/match.ts'
import { COUNTED_MAX } from '../lists/statement.ts'
import { type LookedTo, NOTHING, readPage } from '../lists/page.ts'
import { isPlaced, pagerOf } from '../lists/shown.ts'
import { KINDS, KIND_NAMES } from '../ledger/kinds.ts'
import { LedgerQuery, THE_SYSTEM } from '../ledger/list/filter.ts'
import { ledger, type ListedEntry } from '../ledger/list/list.ts'
import { maybeTotal, totalOf, type LedgerTotal } from '../ledger/list/total.ts'
import { exampleAmount } from '../ledger/money.ts'
import { CHANNELS, CHANNEL_NAMES, REASONS, REASON_NAMES } from '../ledger/reasons.ts'
import { withReversals } from '../ledger/reverse.ts'
import { paths } from '../paths.ts'
import type { CustomerWithTeam } from '../people/customer.ts'
import { allowed } from '../people/guards.ts'
import { listAuthors, namesByAddress } from '../staff/names.ts'
import { readFilter, type Form } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'
import { named } from './money-form.ts'

declare module '../web/page.ts' {
  interface Views {
    'ledger/list': {
      customer: CustomerWithTeam | null
      meant: CustomerMatch
      form: Form
      filter: Record<string, string>
      staffNames: Readonly<Record<string, string>>
      rows: (ListedEntry & { canReverse: boolean })[]
      lookedTo: LookedTo | null
      total: LedgerTotal
      isWhole: boolean
      moreThan: number | null
      choices: Record<'kinds' | 'reasons' | 'channels', readonly Option[]> & {
        bookers: Awaited<ReturnType<typeof listAuthors>>
        theSystem: string
      }
      example: string
      pager: Pager
    }
  }
}

pages.get('/ledger', allowed('customers.see'), (_req, res) => showLedger(res, null))

/** The reseller's ledger, or one customer's: a page of its entries, with the filter. */
export async function showLedger(res: Response, customer: CustomerWithTeam | null) {
  const { actor, query } = res.req
  const { form, ignored } = readFilter(LedgerQuery(actor.reseller), query)
  const meant = !customer && form.ok ? await matchCustomer(actor, form.values.customer) : EVERYBODY
  const whose = customer ?? meant.customer
  const reading = form.ok && !isUnclear(meant) ? { actor, of: { customer: whose }, query: form.values } : null
  const [listed, bookers] = await Promise.all([
    reading ? readPage(ledger, reading) : NOTHING,
    listAuthors(actor),
  ])
  const filter = filterOf(form.typed)
  const { before, after, lookedTo } = listed
  const isStopped = lookedTo !== null && 'stopped' in lookedTo
  const isAll = !before && !after && !lookedTo && !(reading && isPlaced(reading.query))
  const counted = reading && !isAll && !isStopped ? await maybeTotal(reading) : null
  const whole = counted === 'more' ? null : counted
  page(res, 'ledger/list', {
    title: customer ? t('Billing Details') : t('Ledger'),
    customer,
    meant,
    form,
    ignored,
    filter,
    staffNames: namesByAddress(bookers),
    rows: withReversals(actor, listed.rows),
    lookedTo,
    total: whole ?? totalOf(listed.rows),
    isWhole: isAll || whole !== null,
    moreThan: counted === 'more' ? COUNTED_MAX : null,
    choices: {
      kinds: named(res, KINDS, KIND_NAMES),
      reasons: named(res, REASONS, REASON_NAMES),
      channels: named(res, CHANNELS, CHANNEL_NAMES),
      bookers,
      theSystem: THE_SYSTEM,
    },
    example: exampleAmount(actor.reseller),
    pager: reading
      ? pagerOf(listed, reading.query, (place) => paths.ledger(customer, { ...filter, ...place }))
      : { newer: null, older: null },
  })
}

/** The filter as it was typed, without the place. */
export function filterOf(typed: Typed) {
  return Object.fromEntries(FILTERS.map((name) => [name, typed[name] ?? '']))
}
const FILTERS =
  'customer account kind reason staff channel reference from to min minReading max maxReading'.split(' ')
type Typed = Readonly<Record<string, string>>
