import { type Transaction, transaction } from '../database/client.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { type Person, mustBeThemself, ownerOf } from './actor.ts'
import { useUp } from './own-code.ts'
import { ownPasswordCounter } from './own-password.ts'
import type { Ceremony } from './passkey-challenge.ts'
import { type GivenPasskey, judgePasskey } from './passkeys.ts'
import { attempt } from './throttle.ts'

/** A challenge of somebody who is logged in, which is of their session, by its digest. */
export const ownCeremony = (what: 'proof' | 'new', session: string): Ceremony => ({
  for: what,
  holder: session,
})

/**
 * Uses one of this person's passkeys, in the transaction of `finish`. Counts towards the limit of their own password.
 *
 * @throws 422 for one that is not theirs, was copied, or whose challenge is over; 429 after too many; 403 under a login-as session; and as
 * `finish`, and then the passkey is not used up
 */
export async function useOwnPasskey(
  person: Person,
  given: GivenPasskey,
  { services, session }: { services: Services; session: string },
  finish: (db: Transaction) => Promise<unknown>,
): Promise<void> {
  mustBeThemself(person)
  await attempt(services, async (made) => {
    await made.count([ownPasswordCounter(person)])
    const judged = await judgePasskey(services, given, ownCeremony('proof', session), ownerOf(person))
    const isUsed =
      judged.fits &&
      (await transaction(person, async (db) => {
        if (!(await useUp(db, person, judged.factor))) return false
        await finish(db)
        return true
      }))
    if (!isUsed) {
      made.keepCount()
      throw new Refusal(422, t('This passkey is not one of yours, or it cannot be used any more.'))
    }
    made.clearCount()
  })
}
