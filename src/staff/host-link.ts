import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { record } from '../events/record.ts'
import { paths } from '../paths.ts'
import { systemActor } from '../people/actor.ts'
import { LINK_MINUTES, lockIfOn, linkToken, makeLink } from '../people/one-time-link.ts'
import { findReseller } from '../people/reseller.ts'
import type { Services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { staffPasswordLinkMade } from './events.ts'
import { findStaffAt } from './staff.ts'

/** A link as it is printed on the host. */
export interface HostLink {
  address: string
  expiresAt: Date
}

/**
 * Makes a set-password link for a staff member, to be printed on the host: for installations without mail, and for an Owner who is
 * locked out. A person who runs the host may do this for anybody; the log has it.
 *
 * @throws 404 for an address that nobody has; 409 for a staff member who is OFF
 */
export const MakeHostLink = action({
  may: 'host',
  leaves: [staffPasswordLinkMade],
  on: ({ services }, { email }) => findStaffAt(services, email),
  input: z.object({}),
  run: ({ services }, staff) => {
    const minutes = staff.passwordMark ? LINK_MINUTES.forgotten : LINK_MINUTES.newStaff
    return printedLink(services, { ...staff, minutes })
  },
})

/**
 * Makes a link that counts as shown, because it is printed at once: the portal never shows it.
 *
 * @throws 409 for a staff member who is OFF
 */
export async function printedLink(
  services: Services,
  {
    id: staffId,
    resellerId,
    email,
    minutes,
  }: { id: string; resellerId: string; email: string; minutes: number },
): Promise<HostLink> {
  const actor = systemActor(services, await findReseller(services.database, resellerId), 'host')
  const link = await transaction(services, async (db) => {
    if (!(await lockIfOn(db, { resellerId, person: { staffId } }))) {
      throw new Refusal(409, t('{email} is OFF. An Owner can turn them on under Staff.', { email }))
    }
    const made = await makeLink(db, {
      resellerId,
      purpose: 'set_password',
      delivery: 'copied',
      person: { staffId },
      email,
      minutes,
    })
    await db.oneTimeLink.updateMany({
      where: { resellerId, id: made.id },
      data: { shownAt: await databaseTime(db) },
    })
    await record(db, actor, staffPasswordLinkMade, { email, delivery: 'copied' })
    return made
  })
  const address = absoluteAddress(services.config, paths.setPassword(linkToken(services.keys, link)))
  return { address, expiresAt: link.expiresAt }
}
