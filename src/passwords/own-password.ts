import { record } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import type { Keys } from '../keys.ts'
import type { Actor } from '../sessions/actor.ts'
import { endSessionsOf } from '../sessions/sign-in.ts'
import type { SessionPerson } from '../sessions/store.ts'
import { type Counter, count, forgive } from '../sessions/throttle.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { hashPassword, passwordFits } from './hash.ts'
import { revokeLinks } from './link.ts'
import { mustBeHardToGuess } from './policy.ts'

interface Change {
  current: string
  password: string
}

/**
 * Changes the password of the staff member who asks. Ends every session of theirs, this browser's too: begin a new one for the person that is
 * given back. Ends their set-password links as well. Refuses a wrong current password, also one that somebody else changed
 * meanwhile, at its field; 429 after too many; a new one that is the old one or easily guessed.
 */
export async function changeOwnPassword(
  actor: Actor,
  { current, password }: Change,
  keys: Keys,
): Promise<SessionPerson> {
  const { database, reseller } = actor
  const id = actor.id as string
  const counters: Counter[] = [{ limit: 'own-password', of: id }]
  await count({ database, keys }, counters)
  const { passwordHash } = await database.prisma.staff.findUniqueOrThrow({ where: { id } })
  if (!(await passwordFits(passwordHash, current))) throw wrongCurrent()
  await forgive({ database, keys }, counters)
  if (await passwordFits(passwordHash, password)) {
    throw new Refusal(422, t('This is your password already. Choose another.'), { field: 'password' })
  }
  await mustBeHardToGuess(password, [actor.name, actor.displayName, reseller.name])

  const person = { kind: 'staff', id, resellerId: reseller.id } as const
  const newHash = await hashPassword(password)
  await transaction(actor, async (db) => {
    const { count: changed } = await db.staff.updateMany({
      where: { id, passwordHash, state: 'ON' },
      data: { passwordHash: newHash },
    })
    if (changed !== 1) throw wrongCurrent()
    await endSessionsOf(db, person)
    await revokeLinks(db, { resellerId: reseller.id, person: { staffId: id }, purpose: 'set_password' })
    await record(db, actor, 'staff.password_changed', {})
  })
  return person
}

const wrongCurrent = () => new Refusal(422, t('This is not your current password.'), { field: 'current' })
