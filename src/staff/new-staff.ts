import { staffAdded, staffPasswordLinkMade } from './events.ts'
import { record } from '../events/record.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { newId } from '../database/id.ts'
import type { OneTimeLink } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import { setPasswordMail } from '../people/mails.ts'
import { type MailOutcome, isStillAwaited, newestMails } from '../mail/outcome.ts'
import { LINK_MINUTES, makeLink, revokeLinks, takeShowing } from '../people/one-time-link.ts'
import { type Actor, mustBeAllowed, nameOf } from '../people/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import type { RoleId } from '../people/roles.ts'
import type { StaffMember } from './staff.ts'

interface NewMember {
  email: string
  name: string
  role: RoleId
}

/**
 * Adds a staff member and gives the link by which the first password is set: one is mailed, and another, which is given back, can be
 * shown once to be copied. The first one used ends the other. Refuses, 422, an address that anybody in the installation has.
 */
export async function addStaff(
  actor: Actor,
  { email, name, role }: NewMember,
): Promise<{ id: string; copied: OneTimeLink }> {
  mustBeAllowed(actor, 'reseller.manage')
  const id = newId()
  try {
    return await transaction(actor, async (db) => {
      await db.staff.create({ data: { id, resellerId: actor.reseller.id, email, name, roleId: role } })
      await record(db, actor, staffAdded, { email, role })
      return { id, copied: await inviteByLinks(db, actor, { id, email }) }
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new Refusal(
      422,
      t('This address cannot be added because it is already used to log in to Purser.'),
      {
        field: 'email',
      },
    )
  }
}

/**
 * Makes both links anew for a staff member who has not set a password yet; the former ones end. Refuses, 409, for one who has a
 * password or is OFF: a link that sets another person's password is never handed out in the portal.
 */
export function renewLinks(
  actor: Actor,
  { id, email }: Pick<StaffMember, 'id' | 'email'>,
): Promise<OneTimeLink> {
  mustBeAllowed(actor, 'reseller.manage')
  return transaction(actor, async (db) => {
    const resellerId = actor.reseller.id
    // The row is locked by a write that changes nothing, so that a password set in this moment is seen.
    const { count } = await db.staff.updateMany({
      where: { id, resellerId, state: 'ON', passwordHash: null },
      data: { state: 'ON' },
    })
    if (count !== 1) {
      throw new Refusal(
        409,
        t(
          '{email} already has a password or is OFF. To reset a forgotten password, use the link on the login page.',
          {
            email,
          },
        ),
      )
    }
    await revokeLinks(db, { resellerId, person: { staffId: id }, purpose: 'set_password' })
    return inviteByLinks(db, actor, { id, email })
  })
}

/** The copied link, the one time that it is shown, right after it was made; null afterwards. */
export function takeStaffShowing(
  actor: Actor,
  { id }: { id: string },
  linkId: string,
): Promise<OneTimeLink | null> {
  mustBeAllowed(actor, 'reseller.manage')
  const whose = { resellerId: actor.reseller.id, linkId, person: { staffId: id } }
  return transaction(actor, (db) => takeShowing(db, { ...whose, to: nameOf(actor) }))
}

/** What became of the newest mail with a link to set the password, for those of these staff members who have not logged in since. */
export async function linkMails(
  actor: Actor,
  members: readonly Pick<StaffMember, 'id'>[],
): Promise<(member: Pick<StaffMember, 'id' | 'lastLoginAt'>) => MailOutcome | null> {
  mustBeAllowed(actor, 'reseller.manage')
  const ids = members.map(({ id }) => id)
  const mailOf = await newestMails(actor, { of: 'staff', ids, templates: ['set-password'] })
  return ({ id, lastLoginAt }) => {
    const mail = mailOf(id, 'set-password')
    return isStillAwaited(mail, lastLoginAt) ? mail : null
  }
}

async function inviteByLinks(
  db: Transaction,
  actor: Actor,
  { id: staffId, email }: { id: string; email: string },
): Promise<OneTimeLink> {
  const resellerId = actor.reseller.id
  const facts = {
    resellerId,
    purpose: 'set_password',
    person: { staffId },
    email,
    minutes: LINK_MINUTES.newStaff,
  } as const
  const mailed = await makeLink(db, { ...facts, delivery: 'mailed' })
  await queueMail(db, actor.queue, {
    resellerId,
    to: email,
    template: setPasswordMail,
    values: { linkId: mailed.id, why: 'new_staff' },
    person: { staffId },
  })
  const copied = await makeLink(db, { ...facts, delivery: 'copied' })
  await record(db, actor, staffPasswordLinkMade, { email, delivery: 'copied' })
  return copied
}
