import { record } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import { type Actor, consoleCustomerId, mustBeThemself } from './actor.ts'
import { CUSTOMER_LIMITS } from './store.ts'

/** A browser in which a customer is logged in. */
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

/** The browsers in which the console's customer is logged in, the one used last first. Staff who stand in are not among them. */
export function listOwnSessions(actor: Actor): Promise<OwnSession[]> {
  return actor.database.prisma.session.findMany({
    where: { ...ownOf(actor), ...aliveNow() },
    select: { id: true, ip: true, userAgent: true, createdAt: true, lastSeenAt: true, afterResetBy: true },
    orderBy: [{ lastSeenAt: 'desc' }, { id: 'asc' }],
  })
}

/** Which sessions to end: one by its id, which may be anybody's word, or all but the one that asks. */
type Which = { id: string } | { exceptId: string }

/**
 * Logs other browsers of the customer's out; says how many. None is no failure: it ran out or was ended meanwhile. Refuses, 403,
 * whoever stands in for the customer.
 */
export async function endOwnSessions(actor: Actor, which: Which): Promise<number> {
  mustBeThemself(actor)
  if ('id' in which && !/^[0-9a-f]{64}$/.test(which.id)) return 0
  return transaction(actor, async (db) => {
    const { count } = await db.session.deleteMany({
      where: {
        ...ownOf(actor),
        endedAt: null,
        id: 'exceptId' in which ? { not: which.exceptId } : which.id,
      },
    })
    const customer = { id: consoleCustomerId(actor) }
    if (count > 0) await record(db, actor, 'customer.sessions_ended', { customer, count })
    return count
  })
}

const ownOf = (actor: Actor) => ({
  resellerId: actor.reseller.id,
  customerId: consoleCustomerId(actor),
  loginAsId: null,
})

function aliveNow() {
  const idleSince = new Date(Date.now() - CUSTOMER_LIMITS.idleMinutesMax * 60_000)
  return { endedAt: null, expiresAt: { gt: new Date() }, lastSeenAt: { gt: idleSince } }
}
