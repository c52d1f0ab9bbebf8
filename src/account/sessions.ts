import { ask } from '../database/ask.ts'
import { type Actor, consoleCustomerId } from '../people/actor.ts'
import type { Kind } from '../people/login-site.ts'
import { aliveSql } from '../people/session-limits.ts'

/** A browser in which somebody is logged in. */
export interface OwnSession {
  /** The digest of its cookie's id: names it, and lets nobody in. */
  id: string
  ip: string | null
  userAgent: string
  createdAt: Date
  lastSeenAt: Date
  /** Whose reset had made the password by which this browser logged in, or might have; null: nobody's. */
  afterResetBy: string | null
}

/**
 * The browsers in which the staff member is logged in to the portal, or the console's customer to the console, the one used last first.
 * Login-as sessions are not among those.
 */
export function listOwnSessions(actor: Actor): Promise<OwnSession[]> {
  const kind = personKindOf(actor)
  const id = kind === 'staff' ? actor.id : consoleCustomerId(actor)
  return ask<OwnSession>(
    actor,
    (bind) => `
      select s.id, host(s.ip) as ip, s.user_agent as "userAgent", s.created_at as "createdAt", s.last_seen_at as "lastSeenAt",
        s.after_reset_by as "afterResetBy"
      from sessions s join resellers t on t.id = $1
      where s.reseller_id = $1 and s.${kind}_id = ${bind(id)}${kind === 'staff' ? '::uuid' : ''} and s.login_as_id is null
        and ${aliveSql(kind, 's', 't')}
      order by s.last_seen_at desc, s.id`,
    { createdAt: true, lastSeenAt: true },
  )
}

/** Whose sessions an actor sees: in the console the customer's, also under a login-as session. */
export const personKindOf = ({ kind, standsInFor }: Actor): Kind =>
  kind === 'staff' && standsInFor === null ? 'staff' : 'customer'

/** The condition for the actor's own sessions. */
export const ownOf = (actor: Actor) => ({
  resellerId: actor.reseller.id,
  ...(personKindOf(actor) === 'staff'
    ? { staffId: actor.id }
    : { customerId: consoleCustomerId(actor), loginAsId: null }),
})
