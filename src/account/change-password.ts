import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import type { Person } from '../people/actor.ts'
import { staffPasswordChanged, customerPasswordChanged } from '../people/events.ts'
import { tellOfNewPassword, tellStaffOfNewPassword } from '../people/notices.ts'
import { revokeLinks } from '../people/one-time-link.ts'
import { mustKnowOwnPassword, wrongPassword } from '../people/own-password.ts'
import { hashPassword, passwordFits } from '../people/password-hash.ts'
import { knownPassword, mustBeHardToGuess, newPassword } from '../people/password-policy.ts'
import { ownedBy } from '../people/owner.ts'
import { proofLinks } from '../people/reset-mark.ts'
import type { SessionPerson } from '../people/session-store.ts'
import { endSessionsOf, openSession, sessionAfter } from '../people/sessions.ts'
import { LOGIN_SITES, aboutOf } from '../people/login-site.ts'
import { storePassword } from '../people/store-password.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/**
 * Changes the actor's own password. Ends all their sessions and opens a new one for this browser, which is returned. Also ends their
 * set-password links, except those that prove after a reset who a customer is, and lifts the limits of a temporary password. The person
 * is told by mail.
 *
 * @throws 422 for a wrong current password, and for a new one that is the old one or easily guessed; 429 after too many attempts
 */
export const ChangeOwnPassword = action({
  may: 'themself',
  leaves: [staffPasswordChanged, customerPasswordChanged],
  on: async () => null,
  input: z.object({ current: knownPassword(), password: newPassword() }),
  async run({ actor, services, request, session: asked = '' }, _none, { current, password }) {
    const person = actor as Person
    const { reseller, kind, id } = person
    const { passwordHash, passwordMark } = await mustKnowOwnPassword(
      person,
      { password: current, field: 'current' },
      services.keys,
    )
    if (await passwordFits(passwordHash, password)) {
      throw new Refusal(422, t('This is already your password. Choose another.'), { field: 'password' })
    }
    await mustBeHardToGuess({ database: person.database, keys: services.keys }, password, {
      about: [person.name, person.displayName, reseller.name],
      counter: { limit: 'new-password', of: `${kind} ${reseller.id} ${id}` },
    })

    const resellerId = reseller.id
    const sessionPerson: SessionPerson = { kind, id, resellerId }
    const session = sessionAfter(asked, request)
    const newHash = await hashPassword(password)
    await transaction(person, async (db) => {
      if (!(await storePassword(db, person, newHash, { passwordMark }))) throw wrongPassword('current')
      await endSessionsOf(db, sessionPerson, { request: person })
      await openSession(db, session, sessionPerson)
      const customer =
        kind === 'customer'
          ? await db.customer.findUniqueOrThrow({ where: { resellerId_id: { resellerId, id } } })
          : null
      const links = { resellerId, person: ownedBy(person), purpose: 'set_password' } as const
      await revokeLinks(db, { ...links, but: customer && proofLinks(customer) })
      await record(db, person, LOGIN_SITES[kind].passwordChanged, aboutOf(person))
      if (customer) {
        await tellOfNewPassword(db, person, customer, { afterResetBy: customer.resetBy ?? '' })
      } else {
        await tellStaffOfNewPassword(db, person)
      }
    })
    return { session, person: sessionPerson }
  },
})
