import { loginAsStopped } from './events.ts'
import { record } from '../events/record.ts'
import { transaction } from '../database/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { endLoginAs } from './end.ts'
import { presenceOf } from './presence.ts'
import { type Stay, mayStop } from './stays.ts'

/**
 * Ends a stay from the portal. Says false, and leaves no deed, where it was over by then; one whose time had run out has ended for that
 * reason. Refuses, 403, who may not end it, see mayStop(). Locks the stay and the sessions in it.
 */
export async function stopStay(
  actor: Actor,
  stay: Pick<Stay, 'id' | 'mode' | 'staff' | 'customer'>,
): Promise<boolean> {
  const { id, mode, staff, customer } = stay
  if (!mayStop(actor, stay)) {
    mustBeAllowed(actor, 'login.admin')
    mustBeAllowed(actor, 'audit.see')
  }
  const resellerId = actor.reseller.id
  if (!(await presenceOf(actor.database, { resellerId, id }))) return false
  return transaction(actor, async (db) => {
    const how = { request: actor, stoppedBy: actor.name }
    const count = await endLoginAs(db, { resellerId, id }, 'stopped', how)
    if (count === 0) return false
    await record(db, actor, loginAsStopped, {
      customer: { id: customer.id },
      mode,
      staff: staff.email,
      loginAs: id,
    })
    return true
  })
}
