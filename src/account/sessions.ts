import { currentTime } from '../database/clock.ts'
import { type Actor, consoleCustomerId } from '../people/actor.ts'
import { LIMITS } from '../people/session-store.ts'
import type { Kind } from '../people/login-site.ts'

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
  return actor.database.prisma.session.findMany({
    where: { ...ownOf(actor), ...aliveNow(actor) },
    select: { id: true, ip: true, userAgent: true, createdAt: true, lastSeenAt: true, afterResetBy: true },
    orderBy: [{ lastSeenAt: 'desc' }, { id: 'asc' }],
  })
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

function aliveNow(actor: Actor) {
  const now = currentTime()
  const idleSince = new Date(now.getTime() - LIMITS[personKindOf(actor)].idleMinutesMax * 60_000)
  return { endedAt: null, expiresAt: { gt: now }, lastSeenAt: { gt: idleSince } }
}
