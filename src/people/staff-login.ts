import { staffLoggedIn, staffLoggedOut } from './events.ts'
import { record } from '../events/record.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import type { Staff } from '../generated/prisma/client.ts'
import { hashPassword, isOutdatedHash, passwordFits } from './password-hash.ts'
import type { Services } from '../services.ts'
import type { RequestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import type { Actor } from './actor.ts'
import { staffAccount } from './device.ts'
import { noteFailure, noteUnknown, notFitting } from './failed-login.ts'
import { maybeStaffActor } from './load-actor.ts'
import { type NewSession, closeSession, openSession } from './sessions.ts'
import { type SessionPerson, sessionDigest } from './session-store.ts'
import { attempt, loginCounters } from './throttle.ts'

/** Where an attempt comes from. */
interface From {
  request: RequestFacts
  /** See knownDevice(). */
  device: string | null
  /** Begins if the attempt succeeds. */
  session: NewSession
}

/** The id of no row, so that the database is asked the same for an address that nobody has. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Checks a staff member's address and password, opens the session and notes the login. Refuses, 422, with one sentence and after the same work for
 * an unknown address, a wrong password, one that is not set yet and a staff member who is OFF; 429 after too many failures.
 */
export function signInStaff(
  services: Services,
  typed: { email: string; password: string },
  from: From,
): Promise<SessionPerson> {
  return attempt(services, async (made) => {
    const counters = loginCounters(staffAccount(typed.email), { ip: from.request.ip, device: from.device })
    await made.count(counters, (minutes) =>
      t('Too many attempts have failed. Try again in {minutes} minutes, or ask for a new password.', {
        minutes,
      }),
    )
    const staff = await services.database.prisma.staff.findUnique({ where: { email: typed.email } })
    const actor = await maybeStaffActor(services, { id: staff?.id ?? NOBODY })
    const fits = await passwordFits(staff?.passwordHash, typed.password)
    if (!staff || !actor || !fits) {
      made.wasWrong()
      await noteWrong(services, staff, typed.email, from.request, made.fullUntil(counters))
      throw notFitting()
    }
    const person = await letIn(services, { staff, actor }, typed, from)
    made.wasRight()
    return person
  })
}

async function noteWrong(
  services: Services,
  staff: Staff | null,
  email: string,
  request: RequestFacts,
  throttledUntil: Date | null,
) {
  if (!staff) return noteUnknown(services, email, request)
  const why = !staff.passwordHash ? 'no_password' : staff.state === 'OFF' ? 'off' : 'wrong_password'
  await noteFailure(services, { resellerId: staff.resellerId, email, why, throttledUntil }, request)
}

/** Whose password has fitted. */
async function letIn(
  { database }: Services,
  { staff, actor }: { staff: Staff; actor: Actor },
  { password }: { password: string },
  { session, request }: From,
): Promise<SessionPerson> {
  const { passwordHash } = staff
  const rehashed = passwordHash && isOutdatedHash(passwordHash) ? await hashPassword(password) : undefined
  const person = { kind: 'staff', id: staff.id, resellerId: staff.resellerId } as const
  await transaction({ database }, async (db) => {
    // A password that was changed, or a member turned OFF, while this one was being checked lets nobody in any more.
    const { count: stillTrue } = await db.staff.updateMany({
      where: { id: staff.id, passwordHash, state: 'ON' },
      data: { lastLoginAt: await databaseTime(db), ...(rehashed && { passwordHash: rehashed }) },
    })
    if (stillTrue !== 1) throw notFitting()
    await openSession(db, session, person)
    await record(db, { ...actor, ...request }, staffLoggedIn, {})
  })
  return person
}

/** Ends this session of a staff member, with the logins as customers that hang on it, and notes the logout; once. */
export async function logOutStaff(actor: Actor, { sessionId }: { sessionId: string }) {
  await transaction(actor, async (db) => {
    const request = actor
    if (await closeSession(db, sessionDigest(sessionId), { request }))
      await record(db, actor, staffLoggedOut, {})
  })
}
