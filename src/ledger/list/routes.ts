import { type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../../customers/customer.ts'
import { EVERYBODY, isUnclear, whoIsMeant, whoIsMeantByFile } from '../../customers/meant.ts'
import { paths } from '../../paths.ts'
import { namesByAddress } from '../../staff/names.ts'
import { sendFile } from '../../files/send.ts'
import { notInAddress, readFilter, readForm } from '../../web/form.ts'
import { allowed } from '../../people/guards.ts'
import { page } from '../../web/page.ts'
import { Refusal } from '../../web/refusal.ts'
import { t } from '../../web/words.ts'
import { exportLedger } from './export.ts'
import { LedgerQuery, THE_SYSTEM } from './filter.ts'
import { KINDS, KIND_NAMES } from '../kinds.ts'
import { listBookers, listEntries } from './list.ts'
import { COUNTED_MAX } from '../../database/counted.ts'
import { maybeTotal, totalOf } from './total.ts'
import { exampleAmount } from '../money.ts'
import { CHANNELS, CHANNEL_NAMES, REASONS, REASON_NAMES } from '../reasons.ts'
import { named } from '../../portal/posted.ts'

/** The reseller's ledger: every entry of every customer. */
export const wholeLedger = Router()
wholeLedger.get('/', allowed('customers.see'), (_req, res) => showLedger(res, null))
wholeLedger.get('/export.csv', allowed('customers.export'), (_req, res) => sendLedger(res, null))

/** The same for one customer. */
export const customerLedger = Router()
customerLedger.get('/:id/ledger', allowed('customers.see'), async (req, res) => {
  await showLedger(res, await findCustomer(req.actor, req.params.id))
})
customerLedger.get('/:id/ledger/export.csv', allowed('customers.export'), async (req, res) => {
  await sendLedger(res, await findCustomer(req.actor, req.params.id))
})

const NOTHING = { rows: [], before: null, after: null, lookedTo: null }

async function showLedger(res: Response, customer: CustomerWithTeam | null) {
  const { actor, query } = res.req
  const { form, ignored } = readFilter(LedgerQuery(actor.reseller), query)
  const meant = !customer && form.ok ? await whoIsMeant(actor, form.values.customer) : EVERYBODY
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

async function sendLedger(res: Response, customer: CustomerWithTeam | null) {
  const { actor, query } = res.req
  const form = readForm(LedgerQuery(actor.reseller), query)
  if (!form.ok) {
    const [sentence, ...others] = Object.values(form.errors)
    if (others.length > 0) throw new Refusal(422, notInAddress(Object.keys(form.errors)))
    throw new Refusal(422, sentence ?? t('This filter is not valid. Go back and choose it again.'))
  }
  const { values, typed } = form
  const whose = customer ?? (await whoIsMeantByFile(actor, values.customer)).customer
  await sendFile(res.req, res, () => exportLedger(actor, whose, values, filterOf(typed)))
}

/** The filter as it was typed, without the place. */
function filterOf(typed: Typed) {
  return Object.fromEntries(FILTERS.map((name) => [name, typed[name] ?? '']))
}
const FILTERS =
  'customer account kind reason staff channel reference from to min minReading max maxReading'.split(' ')
type Typed = Readonly<Record<string, string>>
