import { ask } from '../database/ask.ts'
import { type Actor, consoleCustomerId } from '../people/actor.ts'
import type { FactorUsed } from '../people/factors.ts'
import { LOGIN_SITES } from '../people/login-site.ts'
import { personKindOf } from './sessions.ts'

/** A login as the log has it. */
export interface OwnLogin {
  at: Date
  ip: string | null
  userAgent: string | null
  /** As in OwnSession. */
  afterResetBy: string | null
  /** By what it was proved a second time; null where the password was enough. */
  factor: FactorUsed | null
  /** The passkey's name, where it was one. */
  passkey: string | null
}

const LOGINS_MAX = 10

/** The latest logins of the staff member to the portal, or of the console's customer to the console, newest first. */
export function listOwnLogins(actor: Actor): Promise<OwnLogin[]> {
  const kind = personKindOf(actor)
  const id = kind === 'staff' ? actor.id : consoleCustomerId(actor)
  // The event's name stands in the text: that is how PostgreSQL knows that the index of logins has them all.
  return ask<OwnLogin>(
    actor,
    (bind) => `
      select at, host(ip) as ip, user_agent as "userAgent", after_reset_by as "afterResetBy",
             details ->> 'factor' as factor, details ->> 'passkey' as passkey
      from audit_rows
      where reseller_id = $1 and actor_id = ${bind(id)} and event = '${LOGIN_SITES[kind].loggedIn.name}'
      order by at desc limit ${LOGINS_MAX}`,
    { at: true },
  )
}
