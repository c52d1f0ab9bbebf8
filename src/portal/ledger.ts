import type { Response } from 'express'
import { EVERYBODY, isUnclear, matchCustomer, type CustomerMatch } from '../customers/match.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { KINDS, KIND_NAMES } from '../ledger/kinds.ts'
import { LedgerQuery, THE_SYSTEM } from '../ledger/list/filter.ts'
import { listBookers, listEntries, type ListedEntry } from '../ledger/list/list.ts'
import { maybeTotal, totalOf, type LedgerTotal } from '../ledger/list/total.ts'
import { exampleAmount } from '../ledger/money.ts'
import { CHANNELS, CHANNEL_NAMES, REASONS, REASON_NAMES } from '../ledger/reasons.ts'
import { paths } from '../paths.ts'
import type { CustomerWithTeam } from '../people/customer.ts'
import { allowed } from '../people/guards.ts'
import { namesByAddress } from '../staff/names.ts'
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
      rows: readonly ListedEntry[]
      lookedTo: Date | null
      total: LedgerTotal
      isWhole: boolean
      moreThan: number | null
      choices: Record<'kinds' | 'reasons' | 'channels', readonly Option[]> & {
        bookers: Awaited<ReturnType<typeof listBookers>>
        theSystem: string
      }
      example: string
      pager: Pager
    }
  }
}

pages.get('/ledger', allowed('customers.see'), (_req, res) => showLedger(res, null))

const NOTHING = { rows: [], before: null, after: null, lookedTo: null }

/** The reseller's ledger, or one customer's: a page of its entries, with the filter. */
export async function showLedger(res: Response, customer: CustomerWithTeam | null) {
  const { actor, query } = res.req
  const { form, ignored } = readFilter(LedgerQuery(actor.reseller), query)
  const meant = !customer && form.ok ? await matchCustomer(actor, form.values.customer) : EVERYBODY
  const whose = customer ?? meant.customer
  const [listed, bookers] = await Promise.all([
    form.ok && !isUnclear(meant) ? listEntries(actor, whose, form.values) : NOTHING,
    listBookers(actor),
  ])
  const filter = filterOf(form.typed)
  const { before, after, lookedTo } = listed
  const isPlaced = Boolean(form.typed.after || form.typed.before)
  const isAll = !before && !after && !isPlaced
  const counted = form.ok && !isAll && !isUnclear(meant) ? await maybeTotal(actor, whose, form.values) : null
  const whole = counted === 'more' ? null : counted
  page(res, 'ledger/list', {
    title: customer ? t('Billing Details') : t('Ledger'),
    customer,
    meant,
    form,
    ignored,
    filter,
    staffNames: namesByAddress(bookers),
    rows: listed.rows,
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
    pager: {
      // A page of a search on which nothing was found has no row to go back from: it leads to the beginning.
      newer:
        before || (listed.rows.length === 0 && isPlaced)
          ? paths.ledger(customer, { ...filter, before })
          : null,
      older: after && paths.ledger(customer, { ...filter, after }),
    },
  })
}

/** The filter as it was typed, without the place. */
export function filterOf(typed: Typed) {
  return Object.fromEntries(FILTERS.map((name) => [name, typed[name] ?? '']))
}
const FILTERS =
  'customer account kind reason staff channel reference from to min minReading max maxReading'.split(' ')
type Typed = Readonly<Record<string, string>>
