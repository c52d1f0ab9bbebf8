import { isUnclear, matchCustomer, type FoundCustomer, type CustomerMatch } from '../customers/match.ts'
import { NOTHING_SHOWN, type Shown, showList } from '../lists/shown.ts'
import { mailLeaves } from '../mail/leaves.ts'
import { type LetterWithLink, writeLetter } from '../mails/letter.ts'
import { MAIL_STATES, MailQuery, mails, type ListedMail } from '../mails/list.ts'
import { openMail, type CustomerMail } from '../mails/mail.ts'
import { askedFor, whyNotResentEach } from '../mails/resend.ts'
import { paths } from '../paths.ts'
import type { Actor } from '../people/actor.ts'
import { allowed } from '../people/guards.ts'
import { services } from '../services.ts'
import { readListQuery } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { t, type Sentence } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'mails/list': Omit<Shown<never>, 'rows'> & {
      query: MailQuery
      customer: FoundCustomer | null
      meant: CustomerMatch
      states: readonly ['waiting', 'sent', 'failed', 'kept']
      mails: (ListedMail & { hindrance: Sentence | null })[]
    }
    'mails/mail': {
      mail: CustomerMail
      letter: LetterWithLink
      letterAddress: string
      hindrance: Sentence | null
    }
  }
}

pages.get('/mails', allowed('mails.see'), async (req, res) => {
  const { query: asked, ignored } = readListQuery(MailQuery, req.query)
  const meant = await matchCustomer(req.actor, asked.customer)
  const { customer } = meant
  const query = { ...asked, customer: customer?.id ?? asked.customer }
  const { rows, ...listed } = isUnclear(meant)
    ? NOTHING_SHOWN
    : await showList(mails, { actor: req.actor, of: null, query }, (place) =>
        paths.mails({ ...query, after: '', before: '', ...place }),
      )
  const whyNotResent = await whyNotResentEach(req.actor, rows)
  page(res, 'mails/list', {
    title: t('Mails'),
    ignored,
    query,
    customer,
    meant,
    states: MAIL_STATES,
    ...listed,
    mails: rows.map((mail) => ({ ...mail, hindrance: whyNotResent(mail) })),
  })
})

// A GET that writes: that somebody has opened a mail is recorded.
pages.get('/mails/:id', allowed('mails.open'), async (req, res) => {
  const all = services(req)
  const leaves = await mailLeaves(req.actor, all.config)
  const { mail, hidesLink } = await openMail(req.actor, req.params.id, { leaves })
  const letter = await writeLetter(all, mail, { hidesLink })
  const shown = all.keys.sign('shown-mail', openedBy(req.actor, mail))
  const letterAddress = paths.mailLetter({ id: mail.id, shown })
  page(res, 'mails/mail', {
    title: t('E-mail to {to}', { to: mail.toEmail }),
    mail,
    letter,
    letterAddress,
    hindrance: (await whyNotResentEach(req.actor, [askedFor(mail)]))(mail),
  })
})

/** What the address of a letter is signed with: it is good for who has opened the mail. */
export const openedBy = ({ id }: Pick<Actor, 'id'>, mail: { id: string }) => `${id}.${mail.id}`
