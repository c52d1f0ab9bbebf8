import { ask } from '../database/ask.ts'
import type { Transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { isId, newId } from '../database/id.ts'
import type { Invite } from '../generated/prisma/client.ts'
import { queueMail } from '../mail/outbox.ts'
import { type Actor, may, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { DAYS_USUAL } from './forms.ts'
import { inviteMail } from './mails.ts'
import { stateOf } from './token.ts'

/** Makes the reseller's own reusable link, which is there from set-up and was created by nobody. In the caller's transaction. */
export async function makeResellerLink(db: Transaction, resellerId: string, createdAt: Date) {
  await db.invite.createMany({
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

/** The reseller's own reusable link as the customer list offers it; null where it is not open. */
export async function maybeOpenResellerLink(actor: Actor): Promise<OpenLink | null> {
  const [link] = await ask<OpenLink & Parameters<typeof stateOf>[0]>(
    actor,
    () => `
      select reseller_id as "resellerId", id, generation, uses, max_uses as "maxUses", expires_at as "expiresAt", revoked_at as "revokedAt"
      from invites where reseller_id = $1 and kind = 'reusable' and staff_id is null limit 1`,
    { expiresAt: true, revokedAt: true },
  )
  return link && stateOf(link) === 'open' ? link : null
}

type OpenLink = Pick<Invite, 'resellerId' | 'id' | 'generation' | 'expiresAt'>

const RESELLERS_OWN = { kind: 'reusable', staffId: null } as const

/** Whether this is the reseller's own link, which was there from set-up. */
export const isResellersOwn = ({ kind, staffId }: Pick<Invite, 'kind' | 'staffId'>) =>
  kind === RESELLERS_OWN.kind && staffId === RESELLERS_OWN.staffId

/** Whether the actor invites customers, or sends invites again, and so sees those that there are. */
export const seesInvites = (actor: Actor) => may(actor, 'customers.edit') || may(actor, 'mails.resend')

/** Refuses, 403, who may neither invite customers nor send invites again. */
export function mustSeeInvites(actor: Actor) {
  if (!seesInvites(actor)) mustBeAllowed(actor, 'customers.edit')
}

/** The invite of this id. Throws 404 for another reseller's as for one that never was. */
export async function findInvite(actor: Actor, id: unknown): Promise<Invite> {
  mustSeeInvites(actor)
  const invite = isId(id)
    ? await actor.database.prisma.invite.findUnique({
        where: { resellerId_id: { resellerId: actor.reseller.id, id } },
      })
    : null
  if (!invite) throw noSuchInvite()
  return invite
}

/** Mails an invite that is for an address, in the caller's transaction; one that is for nobody's is left alone. */
export async function mailInvite(db: Transaction, actor: Actor, invite: Invite) {
  const { resellerId, email: to } = invite
  if (!to) return
  const values = mailValues(invite)
  await queueMail(db, actor.queue, { resellerId, to, template: inviteMail, values, about: invite.id })
}

/** What an invite's mail keeps: which invite, and which of its links. */
export const mailValues = ({ id: inviteId, generation }: Invite) => ({ inviteId, generation })

/** Holds an invite until the transaction ends: of two actions upon it, the second sees what the first did. */
export async function lockInvite(
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

/** The time in so many days, by the database's clock. */
export const inDays = (db: Transaction, days: number) => databaseTime(db, days * 24 * 60 * 60_000)
