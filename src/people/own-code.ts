import { type Transaction, transaction } from '../database/client.ts'
import { valuesOf } from '../database/cursor.ts'
import type { Keys } from '../keys.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { type Person, mustBeThemself, ownerOf } from './actor.ts'
import { type UsableFactor, heldSql, maybeUsableCode } from './factors.ts'
import { ownPasswordCounter } from './own-password.ts'
import { maybeRecoveryCode } from './recovery-codes.ts'
import { type Counter, attempt } from './throttle.ts'

/**
 * Uses up the present code of one of this person's authenticator apps, in the transaction of `finish`. Counts towards the limit of
 * their own password, and one of its own, since six digits are few.
 *
 * @throws 422 for a wrong code or one that was used, at `field`; 429 after too many; 403 under a login-as session; and as `finish`, and then
 * the code is not used up
 */
export async function useOwnCode(
  person: Person,
  { code, field }: { code: string; field: string },
  keys: Keys,
  finish: (db: Transaction) => Promise<unknown>,
): Promise<void> {
  mustBeThemself(person)
  const { database, reseller, id } = person
  const counters: Counter[] = [ownPasswordCounter(person), { limit: 'own-code', of: `${reseller.id} ${id}` }]
  await attempt({ database, keys }, async (made) => {
    await made.count(counters)
    try {
      const fitting = await maybeUsableCode({ database, keys }, ownerOf(person), code)
      // A recovery code is for a login without the device.
      if (fitting?.used !== 'totp') throw maybeRecoveryCode(code) ? notForThis(field) : wrongCode(field)
      await transaction(person, async (db) => {
        if (!(await useUp(db, person, fitting))) throw wrongCode(field)
        await finish(db)
      })
    } catch (error) {
      if (error instanceof Refusal && error.status === 422) made.keepCount()
      throw error
    }
    made.clearCount()
  })
}

/** Holds the person, as a login does, and uses the code or the passkey up. False for somebody who is OFF, and where it was used meanwhile. */
export async function useUp(db: Transaction, person: Person, fitting: UsableFactor): Promise<boolean> {
  const { values, bind } = valuesOf(person.reseller.id)
  const text = `with held as (${heldSql(bind, person)}), used as (${fitting.useSql(bind, 'held')}) select 1 as one from used`
  return (await db.$queryRawUnsafe<unknown[]>(text, ...values)).length === 1
}

/** By what it looks like, whether it would let anybody in or not. */
const notForThis = (field: string) =>
  new Refusal(422, t('Recovery codes are only for logging in. Enter the code that the app shows now.'), {
    field,
  })

const wrongCode = (field: string) =>
  new Refusal(422, t('This code is not valid. Enter the one that the app shows now, each only once.'), {
    field,
  })
