import type { Response } from 'express'
import { matchCustomerForFile } from '../../customers/match.ts'
import { sendFile } from '../../files/send.ts'
import { LedgerQuery } from '../../ledger/list/filter.ts'
import { ledger } from '../../ledger/list/list.ts'
import { listFile } from '../../lists/file.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { allowed } from '../../people/guards.ts'
import { notInAddress, readForm } from '../../forms/form.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import { filterOf } from '../ledger.ts'
import { pages } from '../pages.ts'

pages.get('/ledger/export.csv', allowed('customers.export'), (_req, res) => sendLedger(res, null))

/** Sends the entries that the filter of this address finds, as a file. @throws 422 for a filter that is not valid */
export async function sendLedger(res: Response, customer: CustomerWithTeam | null) {
  const { actor, query } = res.req
  const form = readForm(LedgerQuery(actor.reseller), query)
  if (!form.ok) {
    const [sentence, ...others] = Object.values(form.errors)
    if (others.length > 0) throw new Refusal(422, notInAddress(Object.keys(form.errors)))
    throw new Refusal(422, sentence ?? t('This filter is not valid. Go back and choose it again.'))
  }
  const { values, typed } = form
  const whose = customer ?? (await matchCustomerForFile(actor, values.customer)).customer
  const of = { customer: whose, typed: filterOf(typed) }
  await sendFile(res.req, res, () => listFile(ledger, { actor, of, query: values }))
}
