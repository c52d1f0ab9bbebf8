import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Mail } from '../generated/prisma/client.ts'
import type { Letter } from '../mail/sender.ts'
import type { Way } from '../mail/template.ts'
import { findReseller } from '../people/reseller.ts'
import type { Services } from '../services.ts'
import { absoluteAddress } from '../web/addresses.ts'
import { formatsFor } from '../words/format.ts'
import { isolated } from '../words/text.ts'
import { languageOf, t, wordsFor } from '../words/words.ts'
import { findTemplate } from './all-mails.ts'

/** A mail in words, with what its page shows of the link in it. */
export interface LetterWithLink extends Letter {
  /** The whole address of its link; null where it carries none, or where it is hidden. */
  address: string | null
  /** Why the link in it is no longer good; null while it is, or where there is none. */
  fate: Way['fate']
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
): Promise<LetterWithLink> {
  const reseller = await findReseller(database, mail.resellerId)
  const template = findTemplate(mail.template)
  const { resellerId, values } = mail
  const way = (await template.way?.({ database, keys }, { resellerId, values, reseller })) ?? null
  const words = wordsFor(reseller.locale)
  const draft = template.write(values, {
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
    typeof part === 'symbol' ? null : words(part),
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
