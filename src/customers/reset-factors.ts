import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { doneMeanwhile } from '../events/saved-meanwhile.ts'
import { longText } from '../forms/form.ts'
import { findCustomer, lockCustomer } from '../people/customer.ts'
import { removeFactors } from '../people/factors.ts'
import { readCustomerFactors } from '../people/required-factor.ts'
import { markByReset } from '../people/reset-mark.ts'
import { endSessionsOf } from '../people/sessions.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { tellOfFactorReset } from './notices.ts'

const customerFactorsReset = event<{ reason: string }>(
  'customer.factors_reset',
  t('Customer’s second factors reset'),
  ({ reason }) => t('removed all second factors of the customer: {reason}', { reason }),
)

/**
 * Takes away all second factors and recovery codes of a customer who has lost them, and ends their sessions: the password alone lets them
 * in until they set up another, though only to do that where the reseller requires one; gives which it is. Until the customer proves who they are, their events name this reset, see reset-mark.ts. They are told by
 * mail. Login-as sessions go on. Locks the customer, then factors and sessions.
 *
 * @throws 409 for one who has none
 */
export const ResetCustomerFactors = action({
  may: ['customers.edit'],
  proof: true,
  leaves: [customerFactorsReset],
  on: async ({ actor }, { id }) => {
    const customer = await findCustomer(actor, id)
    return { ...customer, factors: await readCustomerFactors(actor.database.prisma, actor.reseller.id) }
  },
  input: z.object({ reason: longText({ max: 500, min: 1 }) }),
  run: ({ actor }, { id, email }, { reason }) =>
    transaction(actor, async (db) => {
      const { id: resellerId } = actor.reseller
      const customer = await lockCustomer(db, actor, id)
      if (!customer) throw new Refusal(404, t('Customer not found.'))
      const owner = { kind: 'customer', id, resellerId } as const
      if ((await removeFactors(db, owner)).length === 0) {
        const hasNone = t('{email} already has no second factor.', { email })
        throw await doneMeanwhile(db, actor, { event: customerFactorsReset, customers: { id } }, hasNone)
      }
      const mark = markByReset(actor, customer, await databaseTime(db))
      await db.customer.updateMany({ where: { resellerId, id }, data: mark })
      await endSessionsOf(db, owner)
      const factors = await readCustomerFactors(db, resellerId)
      await tellOfFactorReset(db, actor, { ...customer, ...mark }, { reason, factors })
      await record(db, actor, customerFactorsReset, { customer, reason })
      return { factors }
    }),
})
