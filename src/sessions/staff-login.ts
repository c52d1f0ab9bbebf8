import type { Request } from 'express'
import { record } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import { hashPassword, isOutdatedHash, passwordFits } from '../passwords/hash.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import type { Actor } from './actor.ts'
import { maybeStaffActor } from './load-actor.ts'
import type { SessionPerson } from './store.ts'

/**
 * Checks a staff member's address and password and notes the login. Refuses, 422, with one sentence for an unknown address, a wrong
 * password, one that is not set yet and a staff member who is OFF.
 */
export async function signInStaff(
  { database, queue }: Pick<Actor, 'database' | 'queue'>,
  { email, password }: { email: string; password: string },
  { id: requestId, ip }: Pick<Request, 'id' | 'ip'>,
): Promise<SessionPerson> {
  const staff = await database.prisma.staff.findUnique({ where: { email } })
  const fits = await passwordFits(staff?.passwordHash, password)
  const actor = staff && fits ? await maybeStaffActor({ database, queue }, staff) : null
  if (!staff || !actor) throw new Refusal(422, t('This address and password do not fit together.'))
  const rehashed =
    staff.passwordHash && isOutdatedHash(staff.passwordHash) ? await hashPassword(password) : undefined
  await transaction({ database }, async (db) => {
    await db.staff.update({
      where: { id: staff.id },
      data: { lastLoginAt: new Date(), ...(rehashed && { passwordHash: rehashed }) },
    })
    await record(db, { ...actor, requestId, ip: ip ?? null }, 'staff.logged_in', {})
  })
  return { kind: 'staff', id: staff.id, resellerId: staff.resellerId }
}

/** Notes that a staff member logs out. */
export async function recordLogout(actor: Actor) {
  await transaction(actor, (db) => record(db, actor, 'staff.logged_out', {}))
}
