import { customerReinstated, customerSuspended } from './events.ts'
import { record } from '../events/record.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import type { State } from '../generated/prisma/client.ts'
import { endLoginAs } from '../login-as/end.ts'
import { revokeLinks } from '../passwords/link.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
import { shutSessionsOf } from '../sessions/sign-in.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import type { Reinstatement, Suspension } from './forms.ts'

type Known = { id: string }

/**
 * Stops a customer logging in, ends the sessions that are open, any Admin Login, and the links by which a password could be set; money
 * is left alone. Refuses, 409, a customer who is OFF already. Locks the customer, then links, sessions and stays.
 */
export function suspendCustomer(actor: Actor, customer: Known, { reason, message }: Suspension) {
  mustBeAllowed(actor, 'customers.edit')
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
    if (count === 0) throw isAlready('OFF')
    await revokeLinks(db, { resellerId, person: { customerId: customer.id }, purpose: 'set_password' })
    await shutSessionsOf(db, { resellerId, id: customer.id })
    await endLoginAs(db, { resellerId, customerId: customer.id, mode: 'admin' }, 'customer_off', {
      request: actor,
    })
    await record(db, actor, customerSuspended, { customer, reason, message })
  })
}

/**
 * Lets a customer log in again. What turning off has ended stays ended: nothing is restored by itself. Refuses, 409, a customer who is
 * ON already.
 */
export function reinstateCustomer(actor: Actor, customer: Known, { reason }: Reinstatement) {
  mustBeAllowed(actor, 'customers.edit')
  return transaction(actor, async (db) => {
    const { count } = await db.customer.updateMany({
      where: { resellerId: actor.reseller.id, id: customer.id, state: 'OFF' },
      data: { state: 'ON', stateReason: null, stateMessage: null, stateChangedAt: await databaseTime(db) },
    })
    if (count === 0) throw isAlready('ON')
    await record(db, actor, customerReinstated, { customer, reason })
  })
}

const isAlready = (state: State) =>
  new Refusal(
    409,
    state === 'OFF'
      ? t('Changed by someone else: this customer is already OFF.')
      : t('Changed by someone else: this customer is already ON.'),
  )
