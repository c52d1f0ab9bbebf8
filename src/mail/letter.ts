import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Mail, OneTimeLink } from '../generated/prisma/client.ts'
import { inviteToken, stateOf } from '../invites/token.ts'
import { fateOf, type LinkFate, linkToken } from '../people/one-time-link.ts'
import { paths } from '../paths.ts'
import { type ResellerFace, findReseller } from '../resellers/reseller.ts'
import type { Services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { formatsFor } from '../web/format.ts'
import { isolated } from '../web/text.ts'
import { type Sentence, languageOf, t, wordsFor } from '../web/words.ts'
import { LINK } from './draft.ts'
import { type MailName, TEMPLATES } from './templates.ts'

/** A mail in words, as it is sent or shown. */
export interface Letter {
  subject: string
  text: string
  html: string
  from: { name: string }
  /** Where answers go; '' where the reseller has not said. */
  replyTo: string
  /** The whole address of its link; null where it carries none, or where it is hidden. */
  address: string | null
  /** Why the link in it is no longer good; null while it is, or where there is none. */
  fate: LinkFate | null
}

const view = fileURLToPath(new URL('../../views/mails/letter.ejs', import.meta.url))

/**
 * Puts a mail into words, in its reseller's language. Its link is derived here and kept nowhere: what this gives must not be stored
 * or logged. With `hidesLink` the words "(link hidden)" stand in its place, and the button leads nowhere.
 */
export async function writeLetter(
  { database, keys, config }: Pick<Services, 'database' | 'keys' | 'config'>,
  mail: Mail,
  { hidesLink = false } = {},
): Promise<Letter> {
  const reseller = await findReseller(database, mail.resellerId)
  const way = await wayOf({ database, keys }, mail, reseller)
  const words = wordsFor(reseller.locale)
  const template = TEMPLATES[mail.template as MailName]
  const draft = template.write(mail.values as never, {
    reseller,
    to: mail.toEmail,
    until: way?.expiresAt ? formatsFor(reseller).deadline(way.expiresAt) : '',
  })
  const address = way && !hidesLink ? absoluteAddress(config, way.path) : null
  // Staff do not write to the address at which customers ask for help.
  const asking =
    reseller.supportEmail && !mail.staffId
      ? [t('Questions? Contact {address}.', { address: reseller.supportEmail })]
      : []
  const paragraphs = [t('Hello,'), ...draft.paragraphs, ...asking].map((part) =>
    part === LINK ? null : words(part as Sentence),
  )
  const linkInText = address ?? words(t('(link hidden)'))
  const subject = words(draft.subject)
  return {
    subject,
    text: `${[...paragraphs.map((part) => part ?? linkInText), isolated(reseller.name)].join('\n\n')}\n`,
    html: await ejs.renderFile(
      view,
      {
        language: languageOf(reseller.locale),
        subject,
        paragraphs,
        address,
        link: draft.link && words(draft.link),
        reseller,
      },
      { cache: true },
    ),
    from: { name: config.mailFrom.name || reseller.name },
    replyTo: reseller.supportEmail,
    address,
    fate: way && way.fate,
  }
}

/** Where the link in a mail leads. */
interface Way {
  path: string
  /** Null for a page of the portal or the console, which does not end. */
  expiresAt: Date | null
  fate: LinkFate | null
}

/** The link of a mail, derived from the row that it names, or null where it carries none. */
async function wayOf(
  { database, keys }: Pick<Services, 'database' | 'keys'>,
  mail: Pick<Mail, 'resellerId' | 'values'>,
  { slug }: Pick<ResellerFace, 'slug'>,
): Promise<Way | null> {
  const link = await linkOf({ database }, mail)
  if (link) {
    const path = pathOf(link.purpose, linkToken(keys, link))
    return { path, expiresAt: link.expiresAt, fate: fateOf(link) }
  }
  const { inviteId, customerId, waitingId, toConsole } = mail.values as {
    inviteId?: string
    customerId?: string
    waitingId?: string
    toConsole?: true
  }
  if (waitingId) return { path: paths.approval({ id: waitingId }), expiresAt: null, fate: null }
  if (toConsole) return { path: paths.consoleLoginOf(slug), expiresAt: null, fate: null }
  if (customerId) return { path: paths.customer({ id: customerId }), expiresAt: null, fate: null }
  if (!inviteId) return null
  const { resellerId } = mail
  const invite = await database.prisma.invite.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: inviteId } },
  })
  const state = stateOf(invite)
  return {
    path: paths.join(inviteToken(keys, invite)),
    expiresAt: invite.expiresAt,
    fate: state === 'open' ? null : state,
  }
}

/** The one-time link that a mail carries, or null where it carries none. */
async function linkOf(
  { database }: Pick<Services, 'database'>,
  { resellerId, values }: Pick<Mail, 'resellerId' | 'values'>,
): Promise<OneTimeLink | null> {
  const { linkId: id } = values as { linkId?: string }
  if (!id) return null
  return database.prisma.oneTimeLink.findUnique({ where: { resellerId_id: { resellerId, id } } })
}

function pathOf(purpose: OneTimeLink['purpose'], token: string): string {
  return purpose === 'verify_email' ? paths.verify(token) : paths.setPassword(token)
}
