import { z } from 'zod'
import { isId } from '../database/id.ts'
import { transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import type { Mail } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed, nameOf } from '../people/actor.ts'
import { WhySetPassword } from '../people/mails.ts'
import { noteShown } from '../people/one-time-link.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { mailOpened } from './events.ts'

/** A mail that concerns a customer. Mails to staff are never shown in the portal. */
export type CustomerMail = Mail & { customerId: string }

const LinkIn = z.object({
  linkId: z.string().nullable().catch(null),
  why: WhySetPassword.nullable().catch(null),
})

/** What the values of a mail say of the link in it, whichever mail it is: the link, and for which reason it sets a password; else null. */
export const linkIn = (values: unknown): z.output<typeof LinkIn> => LinkIn.parse(values)

/** The mail of this id. Throws 404 for one of another reseller, one to staff, and one that never was. */
export async function findMail(actor: Actor, id: unknown): Promise<CustomerMail> {
  mustBeAllowed(actor, 'mails.see')
  const mail = isId(id)
    ? await actor.database.prisma.mail.findUnique({
        where: { resellerId_id: { resellerId: actor.reseller.id, id } },
      })
    : null
  if (!mail || mail.customerId === null) throw new Refusal(404, t('E-mail not found.'))
  return { ...mail, customerId: mail.customerId }
}

/**
 * The mail of this id, to be shown whole, which is recorded. Its link is shown only where the mail does not leave by itself, so that
 * somebody can hand it over: then staff could use it as well, and it proves nobody from now on. `leaves`: see mailLeaves(). Throws as
 * findMail() does.
 */
export async function openMail(
  actor: Actor,
  id: unknown,
  { leaves }: { leaves: boolean },
): Promise<{ mail: CustomerMail; hidesLink: boolean }> {
  mustBeAllowed(actor, 'mails.open')
  const mail = await findMail(actor, id)
  const { resellerId, toEmail: to, template, customerId } = mail
  const { linkId } = linkIn(mail.values)
  const staysHere = mail.state === 'kept' || (mail.state === 'waiting' && !leaves)
  await transaction(actor, async (db) => {
    if (staysHere && linkId) await noteShown(db, { resellerId, linkId, to: nameOf(actor) })
    const about = { customer: { id: customerId }, to, template, showsLink: staysHere && linkId !== null }
    await record(db, actor, mailOpened, about)
  })
  return { mail, hidesLink: !staysHere }
}
