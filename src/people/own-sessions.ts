import { record } from '../events/record.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { currentTime } from '../database/clock.ts'
import { type Actor, consoleCustomerId, mustBeThemself } from './actor.ts'
import { LIMITS } from './session-store.ts'
import { endHangingOn } from './sessions.ts'
import { type Kind, SITES, aboutOf } from './site.ts'

/** A browser in which somebody is logged in. */
export interface OwnSession {
  /** The digest of its cookie's id: names it, and lets nobody in. */
  id: string
  ip: string | null
  userAgent: string
  createdAt: Date
  lastSeenAt: Date
  /** Whose reset had made the password by which this browser came in, or might have; null: nobody's. */
  afterResetBy: string | null
}

/**
 * The browsers in which the staff member is logged in to the portal, or the console's customer to the console, the one used last first.
 * Staff who stand in for a customer are not among those.
 */
export function listOwnSessions(actor: Actor): Promise<OwnSession[]> {
  return actor.database.prisma.session.findMany({
    where: { ...ownOf(actor), ...aliveNow(actor) },
    select: { id: true, ip: true, userAgent: true, createdAt: true, lastSeenAt: true, afterResetBy: true },
    orderBy: [{ lastSeenAt: 'desc' }, { id: 'asc' }],
  })
}

/** Which sessions to end: one by its id, which may be anybody's word, or all but the one that asks. */
type Which = { id: string } | { exceptId: string }

/**
 * Logs other browsers of the same person out, and ends the logins as customers that hang on them; says how many browsers. None is no
 * failure: it ran out or was ended meanwhile. Refuses, 403, whoever stands in for the customer. Locks the sessions, then the stays.
 */
export async function endOwnSessions(actor: Actor, which: Which): Promise<number> {
  mustBeThemself(actor)
  if ('id' in which && !/^[0-9a-f]{64}$/.test(which.id)) return 0
  return transaction(actor, async (db) => {
    const alive = { ...ownOf(actor), endedAt: null }
    const found = await db.session.findMany({
      where: { ...alive, id: 'exceptId' in which ? { not: which.exceptId } : which.id },
      select: { id: true },
    })
    const ids = found.map(({ id }) => id)
    const { count } = await db.session.deleteMany({ where: { ...alive, id: { in: ids } } })
    if (count > 0) await noteEnded(db, actor, { ids, count })
    return count
  })
}

async function noteEnded(db: Transaction, actor: Actor, { ids, count }: { ids: string[]; count: number }) {
  const kind = kindOf(actor)
  if (kind === 'staff') {
    await endHangingOn(db, { portalSession: { in: ids } }, 'staff_logout', { request: actor })
  }
  await record(db, actor, SITES[kind].sessionsEnded, { ...aboutOf(actor), count })
}

/** Whose sessions an actor sees: in the console the customer's, also who stands in for one. */
const kindOf = ({ kind, standsInFor }: Actor): Kind =>
  kind === 'staff' && standsInFor === null ? 'staff' : 'customer'

const ownOf = (actor: Actor) => ({
  resellerId: actor.reseller.id,
  ...(kindOf(actor) === 'staff'
    ? { staffId: actor.id }
    : { customerId: consoleCustomerId(actor), loginAsId: null }),
})

function aliveNow(actor: Actor) {
  const now = currentTime()
  const idleSince = new Date(now.getTime() - LIMITS[kindOf(actor)].idleMinutesMax * 60_000)
  return { endedAt: null, expiresAt: { gt: now }, lastSeenAt: { gt: idleSince } }
}
