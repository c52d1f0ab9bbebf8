import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import { text } from '../forms/form.ts'
import type { Person } from '../people/actor.ts'
import { customerProofFailed, customerProved, staffProofFailed, staffProved } from '../people/events.ts'
import { LOGIN_SITES, aboutOf } from '../people/login-site.ts'
import { useOwnCode } from '../people/own-code.ts'
import { useOwnPasskey } from '../people/own-passkey.ts'
import { passkeyFields } from '../people/passkeys.ts'
import { mustKnowOwnPassword } from '../people/own-password.ts'
import { typedPassword } from '../people/password-policy.ts'
import { proveSession } from '../people/session-store.ts'
import { waysToProve } from '../people/ways-to-prove.ts'
import { phrase } from '../words/phrase.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/** `takesCode`: whether a code does as well as the password. */
const proofForm = ({ takesCode }: { takesCode: boolean }) =>
  z
    .object({ password: typedPassword().default(''), code: text({ max: 40 }).default(''), ...passkeyFields })
    .superRefine(({ password, code, passkey }, context) => {
      if (password || code || passkey) return
      const message = takesCode ? phrase('Enter your password or a code.') : phrase('This field is required.')
      context.addIssue({ code: 'custom', path: ['password'], message })
    })

/**
 * Proves once more who is logged in, by one of their passkeys, by a code of one of their authenticator apps, which is used up, or, if neither was given, by their
 * password, which browsers fill in; from then on this session is not asked for PROOF_MINUTES, see people/proof.ts. Other sessions of the same person are. What was wrong
 * is recorded too.
 *
 * @throws 422 for a wrong password or code, and for a passkey that is not theirs; 429 after too many; 403 under a login-as session, and where the session has ended meanwhile
 */
export const ProveIdentity = action({
  may: 'themself',
  leaves: [staffProved, staffProofFailed, customerProved, customerProofFailed],
  on: async ({ actor, services }) => waysToProve(actor, services),
  input: (_by, ways) => proofForm(ways),
  async run({ actor, services, session = '' }, _none, { password, code, ...given }) {
    const person = actor as Person
    const { keys } = services
    const { proved, proofFailed } = LOGIN_SITES[person.kind]
    const note = async (db: Transaction) => {
      if (!(await proveSession(db, { resellerId: person.reseller.id, digest: session }))) {
        throw new Refusal(403, t('You have been logged out. Log in and start again.'))
      }
      await record(db, person, proved, aboutOf(person))
    }
    try {
      if (given.passkey) return await useOwnPasskey(person, given, { services, session }, note)
      if (code) return await useOwnCode(person, { code, field: 'code' }, keys, note)
      await mustKnowOwnPassword(person, { password, field: 'password' }, keys)
    } catch (error) {
      const isWrong = error instanceof Refusal && error.status === 422
      if (isWrong) await record(person.database.prisma, person, proofFailed, aboutOf(person))
      throw error
    }
    await transaction(person, note)
  },
})
