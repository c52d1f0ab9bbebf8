import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { newId } from '../database/id.ts'
import { event, type NoDetails } from '../events/event.ts'
import { record } from '../events/record.ts'
import type { Actor } from '../people/actor.ts'
import { findCustomer, lockCustomer } from '../people/customer.ts'
import { generatePassword } from '../people/generate-password.ts'
import { revokeLinks } from '../people/one-time-link.ts'
import { hashPassword } from '../people/password-hash.ts'
import { markByReset } from '../people/reset-mark.ts'
import { endSessionsOf } from '../people/sessions.ts'
import { hiddenId } from '../forms/form.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { tellOfReset } from './notices.ts'

const passwordReset = event<NoDetails>('password.reset', t('Password reset'), () =>
  t('reset the customer’s password'),
)

const passwordGenerated = event<NoDetails>('password.generated', t('Password generated'), () =>
  t('generated a password for the customer'),
)

/** A generated password waits this long to be confirmed. */
export const CANDIDATE_MINUTES_MAX = 10
/** And once confirmed it is good for this long: then the customer must have chosen another. */
export const TEMPORARY_HOURS_MAX = 72

/** A password that waits to be confirmed; the only place where it ever stands in clear. */
export interface GeneratedPassword {
  id: string
  password: string
}

/**
 * Generates a password for a customer and keeps its hash for ten minutes. The customer's own password stays in force until this one is
 * confirmed. A staff member has one waiting for each customer: another one replaces it. What it gives is to be shown once, and is stored,
 * logged and recorded nowhere. Locks the customer.
 */
export const GeneratePassword = action({
  may: ['customers.edit'],
  proof: true,
  leaves: [passwordGenerated],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  input: z.object({}),
  run: async ({ actor }, { id: customerId }): Promise<GeneratedPassword> => {
    const password = generatePassword()
    const passwordHash = await hashPassword(password)
    const { id: resellerId } = actor.reseller
    const id = newId()
    await transaction(actor, async (db) => {
      const customer = await lockCustomer(db, actor, customerId)
      if (!customer) throw new Refusal(404, t('Customer not found.'))
      const whose = { resellerId, customerId, staffId: staffIdOf(actor) }
      const now = await databaseTime(db)
      const facts = { id, passwordHash, createdAt: now, expiresAt: inMinutes(now, CANDIDATE_MINUTES_MAX) }
      // Anybody's that ran out go too, so that no hash lies about longer than needed.
      await db.passwordCandidate.deleteMany({ where: { resellerId, customerId, expiresAt: { lte: now } } })
      await db.passwordCandidate.upsert({
        where: { resellerId_customerId_staffId: whose },
        create: { ...whose, ...facts },
        update: facts,
      })
      await record(db, actor, passwordGenerated, { customer })
    })
    return { id, password }
  },
})

/**
 * Puts the generated password in force. The customer's sessions and set-password links end, and the next login, within 72 hours, must
 * choose a new password. Until the customer proves who they are, their events name this reset, see reset-mark.ts. The customer gets a
 * mail. Login-as sessions go on. Locks the customer, then links and sessions.
 *
 * @throws 409 if this actor has no generated password waiting for the customer: it was confirmed, ten minutes have passed, or another
 * one was generated
 */
export const ConfirmPassword = action({
  may: ['customers.edit'],
  proof: true,
  leaves: [passwordReset],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  // Which password the page showed; left out, it is the one that waits.
  input: z.object({ candidate: hiddenId().optional() }),
  run: ({ actor }, { id: customerId }, { candidate: candidateId }) => {
    const { id: resellerId } = actor.reseller
    return transaction(actor, async (db) => {
      const customer = await lockCustomer(db, actor, customerId)
      if (!customer) throw new Refusal(404, t('Customer not found.'))
      const now = await databaseTime(db)
      const staffId = staffIdOf(actor)
      const [generated] = await db.$queryRawUnsafe<{ id: string; password_hash: string }[]>(
        'select * from generated_password_of($1, $2, $3)',
        ...[resellerId, customerId, staffId],
      )
      const isShown = generated && (candidateId ?? generated.id) === generated.id
      const { count } = isShown
        ? await db.passwordCandidate.deleteMany({
            where: { resellerId, customerId, staffId, id: generated.id },
          })
        : { count: 0 }
      if (!generated || count !== 1) throw nothingWaits()
      const data = {
        ...markByReset(actor, customer, now),
        passwordHash: generated.password_hash,
        mustChangePassword: true,
        passwordExpiresAt: inMinutes(now, TEMPORARY_HOURS_MAX * 60),
      }
      await db.customer.updateMany({ where: { resellerId, id: customerId }, data })
      await revokeLinks(db, { resellerId, person: { customerId }, purpose: 'set_password' })
      await endSessionsOf(db, { kind: 'customer', id: customerId, resellerId })
      await tellOfReset(db, actor, { ...customer, ...data })
      await record(db, actor, passwordReset, { customer })
    })
  },
})

const nothingWaits = () =>
  new Refusal(
    409,
    t(
      'There is no password to confirm: it was already confirmed, replaced by a newer one, or has expired after ten minutes. Generate a new one.',
    ),
  )

/** A password is generated and confirmed by one and the same person, never by the system. */
function staffIdOf({ kind, id }: Actor): string {
  if (kind !== 'staff' || !id) throw new Error('Only staff reset passwords.')
  return id
}

const inMinutes = (from: Date, minutes: number) => new Date(from.getTime() + minutes * 60_000)
