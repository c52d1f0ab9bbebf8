import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import { mustBeAllowed } from '../people/actor.ts'
import { maybeCurrentLoginAs } from './validity.ts'
import { endLoginAsSessions } from './end.ts'
import { loginAsEnded, loginAsStopped } from './events.ts'
import { findLoginAsSession, mayEnd } from './sessions.ts'

/**
 * Ends a login-as session from the portal. Returns false, and records nothing, where it was over by then; one whose time had run out
 * has ended for that reason. Locks the session and the console sessions in it.
 *
 * @throws 403 for a session of somebody else's without the permissions for that, see mayEnd()
 */
export const EndLoginAsSession = action({
  may: ['login.readonly', 'login.admin'],
  leaves: [loginAsStopped, loginAsEnded],
  on: ({ actor }, { id }) => findLoginAsSession(actor, id),
  input: z.object({}),
  async run({ actor }, loginAs) {
    if (!mayEnd(actor, loginAs)) {
      mustBeAllowed(actor, 'login.admin')
      mustBeAllowed(actor, 'audit.see')
    }
    const { id, mode, staff, customer } = loginAs
    const resellerId = actor.reseller.id
    if (!(await maybeCurrentLoginAs(actor.database, { resellerId, id }))) return false
    return transaction(actor, async (db) => {
      const how = { request: actor, stoppedBy: actor.name }
      const count = await endLoginAsSessions(db, { resellerId, id }, 'stopped', how)
      if (count === 0) return false
      await record(db, actor, loginAsStopped, {
        customer: { id: customer.id },
        mode,
        staff: staff.email,
        loginAs: id,
      })
      return true
    })
  },
})
