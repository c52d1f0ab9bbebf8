import { z } from 'zod'
import { plainAmountField } from '../ledger/money.ts'
import type { ResellerFacts } from '../people/actor.ts'
import { isDay, text } from '../forms/form.ts'
import { startOfDay } from '../words/days.ts'
import { phrase } from '../words/phrase.ts'

/** A row of a file of charges. `customer` is an internal ID, an e-mail address or an external reference. */
export function ChargeRow(reseller: ResellerFacts) {
  return z.object({
    customer: text({ max: 254, min: 1 }),
    amount: plainAmountField(reseller),
    description: text({ max: 300, min: 1 }),
    external_reference: text({ max: 120, min: 1 }),
    effective_at: text({ max: 40 })
      .default('')
      .refine((value) => value === '' || isDay(value) || isTime(value), {
        error: phrase('Enter a day such as {day}, or a time such as {time}: ISO 8601, with Z or an offset.'),
        params: { day: '2026-11-23', time: '2026-11-23T09:14:00Z' },
      })
      .transform((value) => {
        if (value === '') return undefined
        return isDay(value) ? startOfDay(value, reseller) : new Date(value)
      }),
  })
}

/** A point in time by ISO 8601, which without an offset would be nobody knows when. */
function isTime(value: string): boolean {
  const [day = '', time = ''] = value.split('T')
  const isWritten = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)$/.test(
    time,
  )
  return isDay(day) && isWritten && !Number.isNaN(Date.parse(value))
}
