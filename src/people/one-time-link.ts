import type { Database, Transaction } from '../database/client.ts'
import { currentTime, databaseTime } from '../database/clock.ts'
import { isId, newId } from '../database/id.ts'
import type { LinkDelivery, LinkPurpose, OneTimeLink, Prisma } from '../generated/prisma/client.ts'
import type { Keys } from '../keys.ts'
import type { Queue } from '../jobs/queue.ts'
import { aMomentAgo, queueMail } from '../mail/outbox.ts'
import type { Template, Way } from '../mail/template.ts'
import { paths } from '../paths.ts'
import type { OwnedBy } from './owner.ts'

/** How long each kind of link lives, in minutes. */
export const LINK_MINUTES = {
  /** Somebody forgot a password. */
  forgotten: 30,
  /** In the mail about a reset, by which the customer proves who they are: seven days. */
  proof: 7 * 24 * 60,
  /** A new staff member: three days. */
  newStaff: 3 * 24 * 60,
  /** A new customer: seven days. */
  newCustomer: 7 * 24 * 60,
  /** To set a password anew, mailed by staff: a day. */
  reset: 24 * 60,
  /** To verify an address: three days. */
  verification: 3 * 24 * 60,
} as const

interface NewLink {
  resellerId: string
  purpose: LinkPurpose
  delivery: LinkDelivery
  person: OwnedBy
  email: string
  minutes: number
}

/**
 * Whether a staff member or customer is ON. Locks the row, so that it stays ON until the transaction ends. For a link by which a password
 * is set: turning OFF at the same moment waits and then ends the link, or came first and is seen here.
 */
export async function lockIfOn(
  db: Transaction,
  { resellerId, person }: { resellerId: string; person: OwnedBy },
): Promise<boolean> {
  const held = await ('staffId' in person
    ? db.$queryRaw<unknown[]>`
        select 1 from staff where reseller_id = ${resellerId} and id = ${person.staffId}::uuid and state = 'ON' for share`
    : db.$queryRaw<unknown[]>`
        select 1 from customers where reseller_id = ${resellerId} and id = ${person.customerId} and state = 'ON' for share`)
  return held.length === 1
}

/** A link that was just made, as far as its token and its page need it. */
export type MadeLink = Pick<OneTimeLink, 'resellerId' | 'id' | 'purpose' | 'expiresAt'>

/** Makes a one-time link; its token is derived with linkToken() when it is mailed or shown, and stored nowhere. */
export async function makeLink(
  db: Transaction,
  { resellerId, purpose, delivery, person, email, minutes }: NewLink,
): Promise<MadeLink> {
  const expiresAt = await databaseTime(db, minutes * 60_000)
  const link = { resellerId, id: newId(), purpose, expiresAt }
  await db.oneTimeLink.createMany({ data: { ...link, delivery, ...person, email } })
  return link
}

interface MailedLink<Values> extends Omit<NewLink, 'delivery'> {
  template: Template<Values>
  /** What the mail says besides. */
  values: Omit<NoInfer<Values>, 'linkId'>
}

/** Makes a link and queues the mail with it, in the caller's transaction. */
export async function mailLink<Values extends Prisma.InputJsonObject & { linkId: string }>(
  db: Transaction,
  queue: Queue,
  { template, values: others, ...link }: MailedLink<Values>,
) {
  const { id: linkId } = await makeLink(db, { ...link, delivery: 'mailed' })
  const { resellerId, email: to, person } = link
  await queueMail(db, queue, { resellerId, to, template, values: { ...others, linkId } as Values, person })
}

type CustomersLink = Pick<OneTimeLink, 'resellerId' | 'customerId' | 'purpose' | 'email'>

/** Whether such a link was mailed a moment ago and is still good: a button that is pressed twice sends one mail. */
export async function wasJustMailed(db: Transaction, link: CustomersLink): Promise<boolean> {
  const open = { usedAt: null, revokedAt: null, createdAt: { gt: await aMomentAgo(db) } }
  return (await db.oneTimeLink.findFirst({ where: { ...link, delivery: 'mailed', ...open } })) !== null
}

type Facts = Pick<OneTimeLink, 'resellerId' | 'id' | 'purpose'>

/**
 * The last part of the link's address: reseller, row and a signature under the application's key. The address that the link was made for
 * is not in it, so that a signature can be checked without the row; a 2 before it says so.
 */
export function linkToken(keys: Keys, link: Facts): string {
  return `${link.resellerId}.${link.id}.2${keys.sign('one-time-link', signedFacts(link))}`
}

/**
 * Links that were mailed by versions before have the address in their signature, and cost a look at the row before it can be checked.
 * They live for seven days at most: from this day on there are none.
 */
const FORMER_LINKS_END = new Date('2027-02-01')

/** What a link that is no longer good was: each has a page that says what to do next. */
export type LinkFate = 'unknown' | 'used' | 'expired' | 'revoked'

/** A link that is good; or what became of one that is not, and which it was, so that its page can speak its reseller's language. */
export type LinkRead =
  | { link: OneTimeLink; fate: null }
  | { link: null; fate: Exclude<LinkFate, 'unknown'>; was: OneTimeLink }
  | { link: null; fate: 'unknown'; was: null }

/**
 * The link of a token, or what became of it. A token that was not made here is unknown, without a look at the database. Reading it changes nothing: a mail scanner's
 * GET uses nothing up.
 */
export async function readLink(
  database: Database,
  keys: Keys,
  token: string,
  purpose: LinkPurpose,
): Promise<LinkRead> {
  const unknown = { link: null, fate: 'unknown', was: null } as const
  const match = /^([0-9A-Z]{8})\.([0-9a-f-]{36})\.(2?)([\w-]{43})$/.exec(token)
  if (!match) return unknown
  const [, resellerId = '', id = '', isNew = '', signature = ''] = match
  if (!isId(id)) return unknown
  const isSigned = isNew
    ? keys.verify('one-time-link', signedFacts({ resellerId, id, purpose }), signature)
    : currentTime() < FORMER_LINKS_END
  if (!isSigned) return unknown
  const link = await database.prisma.oneTimeLink.findUnique({ where: { resellerId_id: { resellerId, id } } })
  if (!link || link.purpose !== purpose) return unknown
  if (!isNew && !keys.verify('one-time-link', formerlySigned(link), signature)) return unknown
  const fate = fateOf(link)
  return fate ? { link: null, fate, was: link } : { link, fate }
}

/** Why a link is no longer good, or null while it is. */
export function fateOf(
  { usedAt, revokedAt, expiresAt }: Pick<OneTimeLink, 'usedAt' | 'revokedAt' | 'expiresAt'>,
  now = currentTime(),
): Exclude<LinkFate, 'unknown'> | null {
  if (usedAt) return 'used'
  if (revokedAt) return 'revoked'
  return expiresAt <= now ? 'expired' : null
}

/** Marks a link as used. False if it was used already: the condition is in the write, so of two at once only one succeeds. */
export async function useLink(
  db: Transaction,
  { resellerId, id }: Pick<OneTimeLink, 'resellerId' | 'id'>,
): Promise<boolean> {
  const now = await databaseTime(db)
  const { count } = await db.oneTimeLink.updateMany({
    where: { resellerId, id, usedAt: null, revokedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  })
  return count === 1
}

/**
 * Takes the one showing of a set-password link that was made to be copied, for the staff member `to`: the link, or null where it was
 * shown before, is not this person's or is no longer good. The condition sits in the write, so a page that is loaded again shows no
 * secret.
 */
export async function takeShowing(
  db: Transaction,
  {
    resellerId,
    linkId: id,
    person,
    to: shownTo,
  }: { resellerId: string; linkId: string; person: OwnedBy; to: string },
): Promise<OneTimeLink | null> {
  if (!isId(id)) return null
  const now = await databaseTime(db)
  const { count } = await db.oneTimeLink.updateMany({
    where: {
      resellerId,
      id,
      ...person,
      purpose: 'set_password',
      delivery: 'copied',
      shownAt: null,
      usedAt: null,
      revokedAt: null,
      expiresAt: { gt: now },
    },
    data: { shownAt: now, shownTo },
  })
  if (count === 0) return null
  return db.oneTimeLink.findUnique({ where: { resellerId_id: { resellerId, id } } })
}

/** Notes that the staff member `to` is shown a link's address, in a mail that was kept: they could use it themselves. */
export async function noteShown(
  db: Transaction,
  { resellerId, linkId: id, to: shownTo }: { resellerId: string; linkId: string; to: string },
) {
  await db.oneTimeLink.updateMany({
    where: { resellerId, id, shownAt: null },
    data: { shownAt: await databaseTime(db), shownTo },
  })
}

interface Ending {
  resellerId: string
  person: OwnedBy
  purpose?: LinkPurpose
  /** What the links that stay have in common. */
  but?: Partial<Pick<OneTimeLink, 'purpose' | 'delivery' | 'email' | 'shownAt'>> | null
}

/** Ends every open link of a person, or those for one purpose. */
export async function revokeLinks(db: Transaction, { resellerId, person, purpose, but }: Ending) {
  const open = { resellerId, ...person, ...(purpose && { purpose }), usedAt: null, revokedAt: null }
  await db.oneTimeLink.updateMany({
    where: { ...open, ...(but && { NOT: but }) },
    data: { revokedAt: await databaseTime(db) },
  })
}
const signedFacts = ({ resellerId, id, purpose }: Facts) => `2|${resellerId}|${id}|${purpose}`
const formerlySigned = ({ resellerId, id, purpose, email }: Facts & { email: string }) =>
  `${resellerId}|${id}|${purpose}|${email}`

/** Where the link of this row leads, and whether it is still good; null where there is no such row. */
export async function wayOfLink(
  { database, keys }: { database: Database; keys: Keys },
  { resellerId, values: { linkId: id } }: { resellerId: string; values: { linkId: string } },
): Promise<Way | null> {
  const link = await database.prisma.oneTimeLink.findUnique({ where: { resellerId_id: { resellerId, id } } })
  if (!link) return null
  const token = linkToken(keys, link)
  const path = link.purpose === 'verify_email' ? paths.verify(token) : paths.setPassword(token)
  return { path, expiresAt: link.expiresAt, fate: fateOf(link) }
}
