import { type Actor, may } from '../sessions/actor.ts'
import { formatsFor } from '../web/format.ts'
import type { Sentence } from '../web/words.ts'
import { deedSays } from './deeds.ts'

export interface RecentDeed {
  at: Date
  actorName: string
  /** Whether it was done in the customer's console, by a staff member who stood in for the customer. */
  wasStandingIn: boolean
  /** As in LoggedDeed. */
  afterResetBy: string | null
  /** To be read after the actor's name. */
  says: Sentence
}

/** The latest deeds that concern a customer, newest first; null for who may not read the audit log. */
export async function recentDeeds(
  actor: Actor,
  customer: { id: string },
  limit: number,
): Promise<RecentDeed[] | null> {
  if (!may(actor, 'audit.see')) return null
  const rows = await actor.database.prisma.auditRow.findMany({
    where: { resellerId: actor.reseller.id, customerId: customer.id },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  })
  const formats = formatsFor(actor.reseller)
  return rows.map(({ at, actorName, forCustomerId, afterResetBy, deed, details }) => ({
    at,
    actorName,
    afterResetBy,
    // A login's own rows say it already.
    wasStandingIn: forCustomerId !== null && !deed.startsWith('login_as.'),
    says: deedSays(deed, details, formats),
  }))
}
