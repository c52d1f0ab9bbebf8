import type { Keys } from '../keys.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { type Actor, type Person, mustBeThemself } from './actor.ts'
import { type StaffLogin, maybeCustomerLogin, maybeStaffLogin } from './login-of.ts'
import { passwordFits } from './password-hash.ts'
import { type Counter, attempt } from './throttle.ts'

/**
 * Makes sure that the person who is logged in knows their password; returns its hash and mark.
 *
 * @throws 422 for a wrong one, at `field`; 429 after too many; 403 under a login-as session
 */
export async function mustKnowOwnPassword(
  actor: Actor,
  { password, field }: { password: string; field: string },
  keys: Keys,
): Promise<KnownPassword> {
  mustBeThemself(actor)
  const person = actor as Person
  const { database } = person
  const counters = [ownPasswordCounter(person)]
  return attempt({ database, keys }, async (made) => {
    await made.count(counters)
    const known = await maybeKnown(person)
    if (known && (await passwordFits(known.passwordHash, password))) {
      made.clearCount()
      return known
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

/** The password that somebody has. */
type KnownPassword = Pick<StaffLogin, 'passwordHash' | 'passwordMark'>

/** Null where the address has become somebody else's since the request began. */
async function maybeKnown({
  kind,
  id,
  name: email,
  reseller,
  database,
}: Person): Promise<KnownPassword | null> {
  const maybeLogin = kind === 'staff' ? maybeStaffLogin : maybeCustomerLogin
  const found = await maybeLogin(database, { resellerId: reseller.id, email })
  return found?.id === id ? found : null
}
