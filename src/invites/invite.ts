import { inviteMade, inviteRegenerated, inviteResent, inviteRevoked } from './events.ts'
import { v4 as uuidv4, validate as isUuid } from 'uuid'
import { record } from '../events/record.ts'
import { addressTaken } from '../customers/address.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { currentTime, databaseTime } from '../database/clock.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { newId } from '../database/id.ts'
import type { Invite } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { type Sentence, t } from '../web/words.ts'
import { DAYS_USUAL, type NewInvite } from './forms.ts'
import { inviteMail } from './mails.ts'
import { stateOf } from './token.ts'

/** A second press within this time sends no second mail. */
const SENT_A_MOMENT_AGO_MS = 60_000

/** A key for a form that is being rendered; it becomes the invite's id. */
export const newInviteKey = () => uuidv4()

/** Makes the reseller's own reusable link, which is there from set-up and has no maker. In the caller's transaction. */
export async function makeResellerLink(db: Transaction, resellerId: string, createdAt: Date) {
  await db.invite.create({
    data: {
      resellerId,
      id: newId(),
      kind: 'reusable',
      staffName: 'set-up',
      createdAt,
      expiresAt: await inDays(db, DAYS_USUAL.reusable),
    },
  })
}

/** The reseller's own reusable link, whatever state it is in. */
export function maybeResellerLink({ database, reseller }: Actor): Promise<Invite | null> {
  return database.prisma.invite.findFirst({ where: { resellerId: reseller.id, ...RESELLERS_OWN } })
}

const RESELLERS_OWN = { kind: 'reusable', staffId: null } as const

/** Whether this is the reseller's own link, which was there from set-up. */
const isResellersOwn = ({ kind, staffId }: Pick<Invite, 'kind' | 'staffId'>) =>
  kind === RESELLERS_OWN.kind && staffId === RESELLERS_OWN.staffId

/** The invite of this id. Throws 404 for another reseller's as for one that never was. */
export async function findInvite(actor: Actor, id: unknown): Promise<Invite> {
  mustBeAllowed(actor, 'mails.resend')
  const invite =
    typeof id === 'string' && isUuid(id)
      ? await actor.database.prisma.invite.findUnique({
          where: { resellerId_id: { resellerId: actor.reseller.id, id } },
        })
      : null
  if (!invite) throw noSuchInvite()
  return invite
}

/**
 * Makes an invite; one for an address is mailed there. Opening credits need the maker's own right to post money. Says whether it is new:
 * a form sent twice makes one.
 *
 * Refuses, 403, who may not invite, or may not grant credits; 422, an address that is a customer's already, which it names; 409, a
 * form's key that made another invite.
 */
export async function makeInvite(
  actor: Actor,
  { idempotencyKey, expiresInDays, ...facts }: NewInvite,
): Promise<{ invite: Invite; isNew: boolean }> {
  mustBeAllowed(actor, 'customers.edit')
  if (facts.credits > 0n) mustBeAllowed(actor, 'money.post')
  if (actor.kind !== 'staff' || !actor.id) throw new Error('Only staff make invites.')
  const resellerId = actor.reseller.id
  const takenBy = facts.email ? await maybeCustomerOf(actor, facts.email) : null
  if (takenBy) throw addressTaken(takenBy)
  const id = idempotencyKey ?? newId()
  const data = {
    ...facts,
    email: facts.email ?? null,
    resellerId,
    id,
    staffId: actor.id,
    staffName: actor.name,
  }
  try {
    const invite = await transaction(actor, async (db) => {
      const made = await db.invite.create({
        data: { ...data, expiresAt: await inDays(db, expiresInDays) },
      })
      await mailInvite(db, actor, made)
      await record(db, actor, inviteMade, { invite: id, kind: made.kind, email: made.email ?? '' })
      return made
    })
    return { invite, isNew: true }
  } catch (error) {
    const first = isUniqueViolation(error) && (await findInvite(actor, id))
    if (!first) throw error
    if (first.kind === data.kind && first.email === data.email && first.credits === data.credits) {
      return { invite: first, isNew: false }
    }
    throw new Refusal(409, t('This form was already used for another invite. Reload the page.'))
  }
}

/** Why an invite gets no new link, or null where it can. */
export function whyNotRegenerated(invite: Invite, now = currentTime()): Sentence | null {
  const state = stateOf(invite, now)
  if (state === 'used') return t('This invite is used up. Create a new one instead.')
  if (state === 'revoked' && !isResellersOwn(invite)) {
    return t('This invite was revoked. Create a new one instead.')
  }
  return null
}

const NO_ADDRESS = t('This invite has no e-mail address, so it cannot be sent.')

/** Why an invite cannot be mailed again, or null where it can. */
export function whyNotResent(invite: Invite, now = currentTime()): Sentence | null {
  if (!invite.email) return NO_ADDRESS
  return stateOf(invite, now) === 'open'
    ? null
    : t('This invite is no longer open, so it cannot be sent again.')
}

/** Why an invite cannot be revoked, or null where it can. */
export function whyNotRevoked(invite: Invite, now = currentTime()): Sentence | null {
  const state = stateOf(invite, now)
  if (state === 'revoked') return t('This invite is already revoked.')
  if (state === 'used') return t('This invite is used up, so there is nothing to revoke.')
  return null
}

/**
 * Makes the former link dead and gives a new one, good for at least the usual days from now. The reseller's own link comes back to life
 * by it; any other that was revoked stays so.
 *
 * Refuses, 409, an invite that is used up or revoked, and one that was regenerated since `generation`, what the page showed.
 */
export function regenerateInvite(actor: Actor, { id }: { id: string }, generation?: number): Promise<Invite> {
  mustBeAllowed(actor, 'customers.edit')
  return transaction(actor, async (db) => {
    const invite = await lockInvite(db, actor, id)
    const hindrance = whyNotRegenerated(invite, await databaseTime(db))
    if (hindrance) throw new Refusal(409, hindrance)
    if (generation !== undefined && generation !== invite.generation) {
      throw new Refusal(
        409,
        t('This link was already regenerated a moment ago. The new link is in the list of invites.'),
      )
    }
    const usual = await inDays(db, DAYS_USUAL[invite.kind])
    const renewed = await db.invite.update({
      where: { resellerId_id: { resellerId: actor.reseller.id, id } },
      data: {
        generation: { increment: 1 },
        revokedAt: null,
        expiresAt: invite.expiresAt > usual ? invite.expiresAt : usual,
      },
    })
    await record(db, actor, inviteRegenerated, { invite: id, email: invite.email ?? '' })
    return renewed
  })
}

/** Makes an invite's link dead. Refuses, 409, one that is revoked already, and one that is used up and so leads nowhere anyway. */
export function revokeInvite(actor: Actor, { id }: { id: string }): Promise<void> {
  mustBeAllowed(actor, 'customers.edit')
  return transaction(actor, async (db) => {
    const invite = await lockInvite(db, actor, id)
    const hindrance = whyNotRevoked(invite, await databaseTime(db))
    if (hindrance) throw new Refusal(409, hindrance)
    await db.invite.update({
      where: { resellerId_id: { resellerId: actor.reseller.id, id } },
      data: { revokedAt: await databaseTime(db) },
    })
    await record(db, actor, inviteRevoked, { invite: id, email: invite.email ?? '' })
  })
}

/**
 * Mails an invite to its address again. Says false, and sends nothing, where a mail with this very link left within the last minute: a
 * button pressed twice. Refuses, 409, one that is for nobody's address, or no longer open.
 */
export function resendInvite(actor: Actor, { id }: { id: string }): Promise<boolean> {
  mustBeAllowed(actor, 'mails.resend')
  return transaction(actor, async (db) => {
    const invite = await lockInvite(db, actor, id)
    const { email } = invite
    const hindrance = whyNotResent(invite, await databaseTime(db))
    if (hindrance || !email) throw new Refusal(409, hindrance ?? NO_ADDRESS)
    const justSent = await db.mail.findFirst({
      where: {
        resellerId: actor.reseller.id,
        toEmail: email,
        template: 'invite',
        // Not any mail to this address: one of another invite, or with a link that is dead since, is no use to them.
        values: { equals: mailValues(invite) },
        createdAt: { gt: await databaseTime(db, -SENT_A_MOMENT_AGO_MS) },
      },
    })
    if (justSent) return false
    await mailInvite(db, actor, invite)
    await record(db, actor, inviteResent, { invite: id, email })
    return true
  })
}

const maybeCustomerOf = ({ database, reseller: { id: resellerId } }: Actor, email: string) =>
  database.prisma.customer.findUnique({
    where: { resellerId_email: { resellerId, email } },
    select: { id: true, email: true },
  })

async function mailInvite(db: Transaction, actor: Actor, invite: Invite) {
  const { resellerId, email: to } = invite
  if (!to) return
  const values = mailValues(invite)
  await queueMail(db, actor.queue, { resellerId, to, template: inviteMail, values, about: invite.id })
}

const mailValues = ({ id: inviteId, generation }: Invite) => ({ inviteId, generation })

/** Holds an invite until the transaction ends: of two deeds upon it, the second sees what the first did. */
async function lockInvite(
  db: Transaction,
  { reseller: { id: resellerId } }: Actor,
  id: string,
): Promise<Invite> {
  await db.$queryRaw`select from invites where reseller_id = ${resellerId} and id = ${id}::uuid for no key update`
  const invite = await db.invite.findUnique({ where: { resellerId_id: { resellerId, id } } })
  if (!invite) throw noSuchInvite()
  return invite
}

const noSuchInvite = () => new Refusal(404, t('Invite not found.'))

const inDays = (db: Transaction, days: number) => databaseTime(db, days * 24 * 60 * 60_000)
