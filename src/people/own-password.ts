import { record } from '../events/record.ts'
import { tellOfNewPassword } from './notices.ts'
import { transaction } from '../database/client.ts'
import type { Keys } from '../keys.ts'
import { type Actor, type Person, mustBeThemself } from './actor.ts'
import { type NewSession, endSessionsOf, openSession } from './sessions.ts'
import type { SessionPerson } from './session-store.ts'
import { type Counter, attempt } from './throttle.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { hashPassword, passwordFits } from './password-hash.ts'
import { ownerOf, revokeLinks } from './one-time-link.ts'
import { mustBeHardToGuess } from './password-policy.ts'
import { proofLinks } from './reset-mark.ts'
import { SITES, aboutOf } from './site.ts'
import { storePassword } from './store-password.ts'

interface Change {
  current: string
  password: string
}

/**
 * Changes the password of the staff member or customer who asks. Ends every session of theirs, this browser's too, and opens `session`
 * for the person that is given back. Ends their set-password links as well, but for those by which a customer proves after a reset who
 * they are, and a temporary password's limits. A customer is told by mail. Refuses, 403, whoever stands in for somebody else; a wrong
 * current password, also one that somebody else changed meanwhile, at its field; 429 after too many; a new one that is the old one or
 * easily guessed.
 */
export async function changeOwnPassword(
  actor: Actor,
  { current, password }: Change,
  { keys, session }: { keys: Keys; session: NewSession },
): Promise<SessionPerson> {
  mustBeThemself(actor)
  const person = actor as Person
  const { reseller, kind, id } = person
  const passwordHash = await mustKnowOwnPassword(person, { password: current, field: 'current' }, keys)
  if (await passwordFits(passwordHash, password)) {
    throw new Refusal(422, t('This is already your password. Choose another.'), { field: 'password' })
  }
  await mustBeHardToGuess({ database: person.database, keys }, password, {
    about: [person.name, person.displayName, reseller.name],
    counter: { limit: 'new-password', of: `${kind} ${reseller.id} ${id}` },
  })

  const resellerId = reseller.id
  const sessionPerson: SessionPerson = { kind, id, resellerId }
  const newHash = await hashPassword(password)
  await transaction(person, async (db) => {
    if (!(await storePassword(db, person, newHash, { passwordHash }))) throw wrongPassword('current')
    await endSessionsOf(db, sessionPerson, { request: person })
    await openSession(db, session, sessionPerson)
    const customer =
      kind === 'customer'
        ? await db.customer.findUniqueOrThrow({ where: { resellerId_id: { resellerId, id } } })
        : null
    const links = { resellerId, person: ownerOf(person), purpose: 'set_password' } as const
    await revokeLinks(db, { ...links, but: customer && proofLinks(customer) })
    await record(db, person, SITES[kind].passwordChanged, aboutOf(person))
    if (customer) {
      await tellOfNewPassword(db, person, customer, { afterResetBy: customer.resetBy ?? '' })
    }
  })
  return sessionPerson
}

/**
 * Makes sure that whoever is logged in knows their password; gives the hash that it fitted. Refuses a wrong one, at `field`; 429 after
 * too many; 403, whoever stands in for somebody else.
 */
export async function mustKnowOwnPassword(
  actor: Actor,
  { password, field }: { password: string; field: string },
  keys: Keys,
): Promise<string | null> {
  mustBeThemself(actor)
  const person = actor as Person
  const { database, kind, reseller, id } = person
  const counters: Counter[] = [{ limit: 'own-password', of: `${kind} ${reseller.id} ${id}` }]
  return attempt({ database, keys }, async (made) => {
    await made.count(counters)
    const passwordHash = await hashOf(person)
    if (await passwordFits(passwordHash, password)) {
      made.wasRight()
      return passwordHash
    }
    made.wasWrong()
    throw wrongPassword(field)
  })
}

/** Of whoever is logged in, at `field`. */
export const wrongPassword = (field: string) =>
  new Refusal(422, t('This is not your current password.'), { field })

async function hashOf({ kind, id, reseller, database }: Person): Promise<string | null> {
  const select = { passwordHash: true } as const
  const { passwordHash } =
    kind === 'staff'
      ? await database.prisma.staff.findUniqueOrThrow({ where: { id }, select })
      : await database.prisma.customer.findUniqueOrThrow({
          where: { resellerId_id: { resellerId: reseller.id, id } },
          select,
        })
  return passwordHash
}
