import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import type { Person } from '../people/actor.ts'
import { customerProofFailed, customerProved, staffProofFailed, staffProved } from '../people/events.ts'
import { LOGIN_SITES, aboutOf } from '../people/login-site.ts'
import { mustKnowOwnPassword } from '../people/own-password.ts'
import { knownPassword } from '../people/password-policy.ts'
import { proveSession } from '../people/session-store.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/**
 * Proves once more who is logged in, by their password; from then on this session is not asked for PROOF_MINUTES. Other sessions of the
 * same person are. A wrong password is recorded too.
 *
 * @throws 422 for a wrong password; 429 after too many; 403 under a login-as session, and where the session has ended meanwhile
 */
export const ProveIdentity = action({
  may: 'themself',
  leaves: [staffProved, customerProved, staffProofFailed, customerProofFailed],
  on: async () => null,
  input: z.object({ password: knownPassword() }),
  async run({ actor, services, session = '' }, _none, { password }) {
    const person = actor as Person
    const { proved, proofFailed } = LOGIN_SITES[person.kind]
    try {
      await mustKnowOwnPassword(person, { password, field: 'password' }, services.keys)
    } catch (error) {
      const isWrong = error instanceof Refusal && error.status === 422
      if (isWrong) await record(person.database.prisma, person, proofFailed, aboutOf(person))
      throw error
    }
    await transaction(person, async (db) => {
      if (!(await proveSession(db, { resellerId: person.reseller.id, digest: session }))) {
        throw new Refusal(403, t('You have been logged out. Log in and start again.'))
      }
      await record(db, person, proved, aboutOf(person))
    })
  },
})
