import { record } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import { hashPassword, isOutdatedHash, passwordFits } from '../passwords/hash.ts'
import type { Services } from '../services.ts'
import type { RequestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import type { Actor } from './actor.ts'
import { staffAccount } from './device.ts'
import { noteFailure, noteUnknown, notFitting } from './failed-login.ts'
import { maybeStaffActor } from './load-actor.ts'
import { type NewSession, closeSession, openSession } from './sign-in.ts'
import { type SessionPerson, sessionDigest } from './store.ts'
import { count, forgive, loginCounters } from './throttle.ts'

interface Attempt {
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
export async function signInStaff(
  services: Services,
  { email, password }: { email: string; password: string },
  attempt: Attempt,
): Promise<SessionPerson> {
  const { database } = services
  const counters = loginCounters(staffAccount(email), { ip: attempt.request.ip, device: attempt.device })
  await count(services, counters, (minutes) =>
    t('Too many attempts have failed. Try again in {minutes} minutes, or ask for a new password.', {
      minutes,
    }),
  )
  const staff = await database.prisma.staff.findUnique({ where: { email } })
  const actor = await maybeStaffActor(services, { id: staff?.id ?? NOBODY })
  const fits = await passwordFits(staff?.passwordHash, password)
  if (!staff || !actor || !fits) {
    if (staff) {
      const why = !staff.passwordHash ? 'no_password' : staff.state === 'OFF' ? 'off' : 'wrong_password'
      const { resellerId } = staff
      await noteFailure(services, { resellerId, email, why }, attempt.request)
    } else {
      await noteUnknown(services, email, attempt.request)
    }
    throw notFitting()
  }
  const { passwordHash } = staff
  const rehashed = passwordHash && isOutdatedHash(passwordHash) ? await hashPassword(password) : undefined
  const person = { kind: 'staff', id: staff.id, resellerId: staff.resellerId } as const
  await transaction({ database }, async (db) => {
    // A password that was changed, or a member turned OFF, while this one was being checked lets nobody in any more.
    const { count: stillTrue } = await db.staff.updateMany({
      where: { id: staff.id, passwordHash, state: 'ON' },
      data: { lastLoginAt: new Date(), ...(rehashed && { passwordHash: rehashed }) },
    })
    if (stillTrue !== 1) throw notFitting()
    await openSession(db, attempt.session, person)
    await record(db, { ...actor, ...attempt.request }, 'staff.logged_in', {})
  })
  await forgive(services, counters)
  return person
}

/** Ends this session of a staff member, with the logins as customers that hang on it, and notes the logout; once. */
export async function logOutStaff(actor: Actor, { sessionId }: { sessionId: string }) {
  await transaction(actor, async (db) => {
    const request = actor
    if (await closeSession(db, sessionDigest(sessionId), { request }))
      await record(db, actor, 'staff.logged_out', {})
  })
}
