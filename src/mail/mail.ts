import { record } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import type { Mail } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { type Sentence, t } from '../web/words.ts'
import { type MailName, TEMPLATES } from './templates.ts'

/** A mail that concerns a customer. Mails to staff are never shown in the portal. */
export type CustomerMail = Mail & { customerId: string }

/** The mail of this id. Throws 404 for one of another reseller, one to staff, and one that never was. */
export async function findMail(actor: Actor, id: unknown): Promise<CustomerMail> {
  mustBeAllowed(actor, 'mails.see')
  const mail =
    typeof id === 'string' && UUID.test(id)
      ? await actor.database.prisma.mail.findUnique({
          where: { resellerId_id: { resellerId: actor.reseller.id, id } },
        })
      : null
  if (!mail || mail.customerId === null) throw new Refusal(404, t('There is no such mail.'))
  return { ...mail, customerId: mail.customerId }
}

/** The mail of this id, to be shown whole, links and all: a deed, since its link could be used. Throws as findMail() does. */
export async function openMail(actor: Actor, id: unknown): Promise<CustomerMail> {
  mustBeAllowed(actor, 'mails.open')
  const mail = await findMail(actor, id)
  const { toEmail: to, template, customerId } = mail
  await transaction(actor, (db) =>
    record(db, actor, 'mail.opened', { customer: { id: customerId }, to, template }),
  )
  return mail
}

/** What staff call a mail made from this template. */
export function mailName(template: string): Sentence {
  return TEMPLATES[template as MailName].name
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
