import { type Transaction, transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import type { OneTimeLink } from '../generated/prisma/client.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import type { Actor, Person } from './actor.ts'
import type { CustomerAsRead } from './customer.ts'
import { maybeCustomerActor, maybeStaffActor } from './load-actor.ts'
import { tellOfNewPassword, tellStaffOfNewPassword } from './notices.ts'
import { type LinkFate, readLink, revokeLinks, useLink } from './one-time-link.ts'
import { ownedBy } from './owner.ts'
import { hashPassword } from './password-hash.ts'
import { mustBeHardToGuess } from './password-policy.ts'
import { endResetMark, proofLinks, provesAfterReset, resetMarkOf } from './reset-mark.ts'
import { endSessionsOf } from './sessions.ts'
import { LOGIN_SITES, aboutOf } from './login-site.ts'
import { storePassword } from './store-password.ts'

/** A link that is good, and whose it is. */
export interface PasswordLink {
  link: OneTimeLink
  /** The staff member or customer who sets the password. */
  person: Person
}

/** A link that is not, and whose it was: for the page that says what to do next. */
export interface DeadLink {
  fate: LinkFate
  resellerId: string | null
  kind: 'staff' | 'customer' | null
}

/** What the customers' room has to say when the link is a customer's. */
interface CustomerRules {
  /** Holds the customer until the transaction ends. */
  lockCustomer(db: Transaction, person: Person, id: string): Promise<CustomerAsRead | null>
  /** The address is the customer's: a link that was mailed there was used. */
  markVerified(
    db: Transaction,
    person: Person,
    proved: { customerId: string; email: string },
  ): Promise<unknown>
}

/**
 * The set-password link of a token, or what became of it; that of a person who is OFF counts as revoked. Changes nothing: opening the
 * page uses nothing up.
 */
export async function findPasswordLink(
  services: Services,
  token: string,
  request: RequestFacts,
): Promise<{ found: PasswordLink; dead: null } | { found: null; dead: DeadLink }> {
  const read = await readLink(services.database, services.keys, token, 'set_password')
  const { link, fate } = read
  const whose = link ?? read.was
  if (!whose) return { found: null, dead: { fate: 'unknown', resellerId: null, kind: null } }
  const dead = { resellerId: whose.resellerId, kind: whose.staffId ? 'staff' : 'customer' } as const
  if (!link) return { found: null, dead: { ...dead, fate } }
  const person = await maybePerson(services, link)
  if (!person?.id || (person.kind !== 'staff' && person.kind !== 'customer'))
    return { found: null, dead: { ...dead, fate: 'revoked' } }
  const { kind, id } = person
  return {
    found: { link, person: { ...person, kind, id, ...request } },
    dead: null,
  }
}

/**
 * Sets the password of the link's person and ends their sessions and other set-password links. A mailed link also verifies the
 * customer's address and, after a reset, proves who they are, see provesAfterReset(). Who had a password is told by mail.
 * Locks the person, then the link, as turning a person OFF does.
 *
 * @throws 422 for an easily guessed password: the link can still be used; 409 for a link that was used or has ended meanwhile
 */
export async function setPasswordByLink(
  services: Services,
  { link, person }: PasswordLink,
  password: string,
  { lockCustomer, markVerified }: CustomerRules,
) {
  await mustBeHardToGuess(services, password, {
    about: [person.name, person.displayName, person.reseller.name],
    counter: { limit: 'new-password', of: `link ${link.id}` },
  })
  const passwordHash = await hashPassword(password)
  const { kind, id, reseller } = person
  const resellerId = reseller.id
  await transaction(person, async (db) => {
    const customer = kind === 'customer' ? await lockCustomer(db, person, id) : null
    const had = kind === 'staff' ? await hadPassword(db, { resellerId, id }) : Boolean(customer?.passwordMark)
    const isSet = (await storePassword(db, person, passwordHash)) && (await useLink(db, link))
    if (!isSet) throw new Refusal(409, t('This link is no longer valid.'))
    await endSessionsOf(db, { kind, id, resellerId }, { request: person })
    const used = await asItStands(db, link)
    const mark = customer && resetMarkOf(customer)
    const proves = mark !== null && provesAfterReset(used, mark)
    const links = { resellerId, person: ownedBy(person), purpose: 'set_password' } as const
    await revokeLinks(db, { ...links, but: customer && !proves ? proofLinks(customer) : null })
    if (proves) await endResetMark(db, person, mark)
    const about = { ...aboutOf(person), email: person.name, ...shownTo(used) }
    await record(db, person, LOGIN_SITES[kind].passwordSet, about)
    if (had && kind === 'staff') await tellStaffOfNewPassword(db, person)
    if (had && customer) {
      await tellOfNewPassword(db, person, customer, { afterResetBy: proves ? '' : (mark?.by ?? '') })
    }
    if (customer && used.delivery === 'mailed') {
      await markVerified(db, person, { customerId: customer.id, email: used.email })
    }
  })
}

async function hadPassword(db: Transaction, staff: { resellerId: string; id: string }): Promise<boolean> {
  const found = await db.staff.findUnique({
    where: { resellerId_id: staff },
    select: { passwordMark: true },
  })
  return Boolean(found?.passwordMark)
}

/** Staff may have been shown a link since its page was opened. */
const asItStands = (db: Transaction, { resellerId, id }: OneTimeLink) =>
  db.oneTimeLink.findUniqueOrThrow({ where: { resellerId_id: { resellerId, id } } })

const shownTo = ({ shownTo: to }: OneTimeLink) => (to === null ? {} : { shownTo: to })

/** Whose link it is, while they are ON. */
async function maybePerson(services: Services, link: OneTimeLink): Promise<Actor | null> {
  if (link.staffId) return maybeStaffActor(services, { resellerId: link.resellerId, id: link.staffId })
  const { resellerId, customerId } = link
  const customer = await maybeCustomerActor(services, { resellerId, id: customerId ?? '' })
  return customer?.state === 'ON' ? customer.actor : null
}
