import type { Keys } from '../keys.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { type Actor, type Person, mustBeThemself } from './actor.ts'
import { passwordFits } from './password-hash.ts'
import { type Counter, attempt } from './throttle.ts'

/**
 * Makes sure that the person who is logged in knows their password; returns the hash that it fitted.
 *
 * @throws 422 for a wrong one, at `field`; 429 after too many; 403 under a login-as session
 */
export async function mustKnowOwnPassword(
  actor: Actor,
  { password, field }: { password: string; field: string },
  keys: Keys,
): Promise<string | null> {
  mustBeThemself(actor)
  const person = actor as Person
  const { database } = person
  const counters = [ownPasswordCounter(person)]
  return attempt({ database, keys }, async (made) => {
    await made.count(counters)
    const passwordHash = await hashOf(person)
    if (await passwordFits(passwordHash, password)) {
      made.clearCount()
      return passwordHash
    }
    made.keepCount()
    throw wrongPassword(field)
  })
}

/** What wrong passwords of somebody who is logged in count towards. */
export const ownPasswordCounter = ({ kind, reseller, id }: Person): Counter => ({
  limit: 'own-password',
  of: `${kind} ${reseller.id} ${id}`,
})

/** The refusal of a wrong own password, at `field`. */
export const wrongPassword = (field: string) =>
  new Refusal(422, t('This is not your current password.'), { field })

async function hashOf({ kind, id, reseller, database }: Person): Promise<string | null> {
  const select = { passwordHash: true } as const
  const where = { resellerId_id: { resellerId: reseller.id, id } }
  const { passwordHash } =
    kind === 'staff'
      ? await database.prisma.staff.findUniqueOrThrow({ where, select })
      : await database.prisma.customer.findUniqueOrThrow({ where, select })
  return passwordHash
}
