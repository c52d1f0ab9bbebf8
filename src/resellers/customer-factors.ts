import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import { UNUSABLE } from '../forms/form.ts'
import { CustomerFactors } from '../generated/prisma/enums.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { readCustomerFactors } from '../people/required-factor.ts'
import { type Sentence, t } from '../words/words.ts'
import { lockReseller } from './factor-roles.ts'

/** Whether customers have a second factor, as people read it. */
export const CUSTOMER_FACTORS: Readonly<Record<CustomerFactors, Sentence>> = {
  off: t('Off', { context: 'second factor' }),
  offered: t('Offered'),
  required: t('Required'),
}

/** @throws 403 for who is no Owner */
export async function findCustomerFactors(actor: Actor): Promise<CustomerFactors> {
  mustBeAllowed(actor, 'reseller.manage')
  return readCustomerFactors(actor.database.prisma, actor.reseller.id)
}

const resellerCustomerFactorsChosen = event<{ before: CustomerFactors; after: CustomerFactors }>(
  'reseller.customer_factors_chosen',
  t('Second factors of customers chosen'),
  ({ before, after }) =>
    t('changed second factors of customers from {before} to {after}', {
      before: CUSTOMER_FACTORS[before],
      after: CUSTOMER_FACTORS[after],
    }),
)

const choice = () => z.enum(CustomerFactors, { error: UNUSABLE })

/**
 * Chooses whether customers may have a second factor, have to, or neither; returns whether anything changed. What is required counts from
 * each customer's next login on. Where it is off, nobody can add one, and whoever has one goes on being asked for it. Locks the reseller.
 *
 * @throws 409 where somebody else chose after the page was made, see savedMeanwhile()
 */
export const ChooseCustomerFactors = action({
  may: ['reseller.manage'],
  proof: true,
  leaves: [resellerCustomerFactorsChosen],
  on: ({ actor }) => findCustomerFactors(actor),
  input: z.object({ customerFactors: choice(), seen: choice() }),
  run: ({ actor }, _current, { customerFactors, seen }) =>
    transaction(actor, async (db) => {
      const { id } = actor.reseller
      await lockReseller(db, id)
      const before = await readCustomerFactors(db, id)
      if (customerFactors === before) return false
      if (before !== seen) {
        throw await savedMeanwhile(db, actor, {
          event: resellerCustomerFactorsChosen,
          now: { customerFactors: before },
          wanted: { customerFactors },
          opened: { customerFactors: seen },
          seen: { seen: before },
        })
      }
      const customerFactorsRequiredAt = customerFactors === 'required' ? await databaseTime(db) : null
      await db.reseller.updateMany({ where: { id }, data: { customerFactors, customerFactorsRequiredAt } })
      await record(db, actor, resellerCustomerFactorsChosen, { before, after: customerFactors })
      return true
    }),
})
