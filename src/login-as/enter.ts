import { type Database, type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import type { SessionPerson } from '../people/session-store.ts'
import { type NewSession, openSession } from '../people/sessions.ts'
import { endLoginAsSessions } from './end.ts'
import { codeHash, holdPortalSession } from './login-as.ts'

interface Handover {
  code: string
  /** Digest of the portal session in the browser that brings the code; null where it has none. */
  portalSession: string | null
  /** Begins if the code is good. */
  session: NewSession
  /** The login-as session that this browser is in already. */
  leaves: string | null
}

/**
 * Redeems a hand-over code, once, in the browser whose portal session asked for it, and opens the session in the customer's console for
 * the person who comes back. Ends, as replaced, any login-as session that this browser was in. Null for a code that is wrong, late, used or brought
 * by another browser, without saying which. Locks the portal session, then the login-as sessions: of two codes at once in one
 * browser, the second one's session is left.
 */
export async function redeemCode(
  on: { database: Database },
  { code, portalSession, session, leaves }: Handover,
): Promise<SessionPerson | null> {
  const [resellerId = ''] = code.split('.')
  if (!portalSession || !/^[0-9A-Z]{8}\.[\w-]{43}$/.test(code)) return null
  return transaction(on, async (db) => {
    if (!(await holdPortalSession(db, resellerId, portalSession))) return null
    const here: Prisma.LoginAsWhereInput = {
      resellerId,
      OR: [{ portalSession, enteredAt: { not: null } }, ...(leaves ? [{ id: leaves }] : [])],
    }
    await holdLoginAs(db, { resellerId, portalSession, leaves })
    const now = await databaseTime(db)
    const [loginAs] = await db.loginAs.updateManyAndReturn({
      where: {
        resellerId,
        codeHash: codeHash(code),
        portalSession,
        enteredAt: null,
        endedAt: null,
        codeExpiresAt: { gt: now },
      },
      data: { enteredAt: now, lastSeenAt: now },
      select: { id: true, customerId: true },
    })
    if (!loginAs) return null
    await endLoginAsSessions(db, { ...here, NOT: { id: loginAs.id } }, 'replaced', {
      request: session.request,
    })
    const person = { kind: 'customer', id: loginAs.customerId, resellerId, loginAsId: loginAs.id } as const
    await openSession(db, session, person)
    return person
  })
}

/** Locks the open login-as sessions of a browser in the order of their ids, as endLoginAs() does. */
async function holdLoginAs(
  db: Transaction,
  { resellerId, portalSession, leaves }: { resellerId: string; portalSession: string; leaves: string | null },
) {
  await db.$queryRaw`
    select 1 from login_as where reseller_id = ${resellerId} and (portal_session = ${portalSession} or id = ${leaves}::uuid) and ended_at is null
    order by id for no key update`
}
