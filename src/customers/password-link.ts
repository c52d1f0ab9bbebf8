import { record } from '../audit/record.ts'
import { type Transaction, transaction } from '../database/client.ts'
import type { Customer, OneTimeLink } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import { LINK_MINUTES, makeLink, takeShowing } from '../passwords/link.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { lockCustomer } from './customer.ts'

/** Queues the mail by which a customer without a password sets the first one; it lives seven days and proves the address. */
export async function mailPasswordLink(
  db: Transaction,
  actor: Actor,
  { id, email }: Pick<Customer, 'id' | 'email'>,
) {
  const resellerId = actor.reseller.id
  const person = { customerId: id }
  const link = await makeLink(db, {
    resellerId,
    purpose: 'set_password',
    delivery: 'mailed',
    person,
    email,
    minutes: LINK_MINUTES.newCustomer,
  })
  await queueMail(db, actor.queue, {
    resellerId,
    to: email,
    template: 'set-password',
    values: { linkId: link.id, why: 'new_customer' },
    person,
  })
}

/**
 * Makes a set-password link to be handed over by a person; it proves no address. An earlier one that was made to be copied ends, the
 * mailed one lives on. Refuses, 409, a customer who has a password (that is what Reset Password is for) or is OFF.
 */
export function makeCopiedLink(actor: Actor, { id }: { id: string }): Promise<OneTimeLink> {
  mustBeAllowed(actor, 'customers.edit')
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, id)
    if (!customer) throw new Refusal(404, t('There is no such customer.'))
    if (customer.passwordHash) {
      throw new Refusal(
        409,
        t('This customer has a password already, so there is no link to set the first one.'),
      )
    }
    if (customer.state === 'OFF') {
      throw new Refusal(409, t('This customer is OFF. Turn the customer on first.'))
    }
    const resellerId = actor.reseller.id
    await db.oneTimeLink.updateMany({
      where: {
        resellerId,
        customerId: id,
        purpose: 'set_password',
        delivery: 'copied',
        usedAt: null,
        revokedAt: null,
      },
      data: { revokedAt: new Date() },
    })
    const link = await makeLink(db, {
      resellerId,
      purpose: 'set_password',
      delivery: 'copied',
      person: { customerId: id },
      email: customer.email,
      minutes: LINK_MINUTES.newCustomer,
    })
    await record(db, actor, 'customer.password_link_made', {
      customer,
      email: customer.email,
      delivery: 'copied',
    })
    return link
  })
}

/** Takes the one showing of a copied link, see takeShowing() of passwords/link.ts. */
export function takeCustomerShowing(
  actor: Actor,
  { id: customerId }: { id: string },
  linkId: string,
): Promise<OneTimeLink | null> {
  mustBeAllowed(actor, 'customers.edit')
  return takeShowing(actor.database, { resellerId: actor.reseller.id, linkId, person: { customerId } })
}
