import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { doneMeanwhile } from '../events/saved-meanwhile.ts'
import type { Customer } from '../generated/prisma/client.ts'
import { endLoginAsSessions } from '../login-as/end.ts'
import { findCustomer } from '../people/customer.ts'
import { revokeLinks } from '../people/one-time-link.ts'
import { shutSessionsOf } from '../people/sessions.ts'
import { longText } from '../forms/form.ts'
import { t } from '../words/words.ts'

const customerReinstated = event<{ reason: string }>(
  'customer.reinstated',
  t('Customer turned on'),
  ({ reason }) => (reason ? t('turned the customer on: {reason}', { reason }) : t('turned the customer on')),
)

export const customerSuspended = event<{ reason: string; message: string }>(
  'customer.suspended',
  t('Customer turned off'),
  ({ reason }) => t('turned the customer off: {reason}', { reason }),
)

/** Whether a customer can be turned off: one who is OFF can only be turned on. */
export const canTurnOff = ({ state }: Pick<Customer, 'state'>) => state === 'ON'

/**
 * Stops a customer logging in, ends the sessions that are open, any Admin Login, and the links by which a password could be set; money
 * is left alone. Locks the customer, then links, sessions and login-as sessions. @throws 409 for a customer who is OFF already
 */
export const TurnOffCustomer = action({
  may: ['customers.edit'],
  leaves: [customerSuspended],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  // Why, for staff; and what the customer reads at the login, if anything.
  input: z.object({
    reason: longText({ max: 500, min: 1 }),
    message: longText({ max: 500 }).default(''),
  }),
  run: ({ actor }, customer, { reason, message }) => {
    const resellerId = actor.reseller.id
    return transaction(actor, async (db) => {
      // The condition sits in the write, so that of two people pressing at once only one succeeds.
      const { count } = await db.customer.updateMany({
        where: { resellerId, id: customer.id, state: 'ON' },
        data: {
          state: 'OFF',
          stateReason: reason,
          stateMessage: message || null,
          stateChangedAt: await databaseTime(db),
        },
      })
      if (count === 0) {
        const sentence = t('This customer is already OFF.')
        throw await doneMeanwhile(
          db,
          actor,
          { event: customerSuspended, customers: { id: customer.id } },
          sentence,
        )
      }
      await revokeLinks(db, { resellerId, person: { customerId: customer.id }, purpose: 'set_password' })
      await shutSessionsOf(db, { resellerId, id: customer.id })
      await endLoginAsSessions(db, { resellerId, customerId: customer.id, mode: 'admin' }, 'customer_off', {
        request: actor,
      })
      await record(db, actor, customerSuspended, { customer, reason, message })
    })
  },
})

/**
 * Lets a customer log in again. What turning off has ended stays ended: nothing is restored by itself.
 *
 * @throws 409 for a customer who is ON already
 */
export const TurnOnCustomer = action({
  may: ['customers.edit'],
  leaves: [customerReinstated],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  input: z.object({ reason: longText({ max: 500 }).default('') }),
  run: ({ actor }, customer, { reason }) =>
    transaction(actor, async (db) => {
      const { count } = await db.customer.updateMany({
        where: { resellerId: actor.reseller.id, id: customer.id, state: 'OFF' },
        data: { state: 'ON', stateReason: null, stateMessage: null, stateChangedAt: await databaseTime(db) },
      })
      if (count === 0) {
        const sentence = t('This customer is already ON.')
        throw await doneMeanwhile(
          db,
          actor,
          { event: customerReinstated, customers: { id: customer.id } },
          sentence,
        )
      }
      await record(db, actor, customerReinstated, { customer, reason })
    }),
})
