import { isUnclear, matchCustomer, type FoundCustomer, type CustomerMatch } from '../customers/match.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { pageOrStopped } from '../database/search.ts'
import { mailLeaves } from '../mail/leaves.ts'
import { type LetterWithLink, writeLetter } from '../mails/letter.ts'
import { MAIL_STATES, MailQuery, listMails, maybeCountMails, type ListedMail } from '../mails/list.ts'
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
    'mails/list': {
      query: ReturnType<typeof readListQuery<typeof MailQuery>>['query']
      customer: FoundCustomer | null
      meant: CustomerMatch
      states: readonly ['waiting', 'sent', 'failed', 'kept']
      stopped: Sentence | null
      count: number | null
      countedMax: number
      mails: (ListedMail & { hindrance: Sentence | null })[]
      pager: Pager
    }
    'mails/mail': {
      mail: CustomerMail
      letter: LetterWithLink
      letterAddress: string
      hindrance: Sentence | null
    }
  }
}

const NOTHING = { rows: [], before: null, after: null, stopped: null }

pages.get('/mails', allowed('mails.see'), async (req, res) => {
  const { query: asked, ignored } = readListQuery(MailQuery, req.query)
  const meant = await matchCustomer(req.actor, asked.customer)
  const { customer } = meant
  const query = { ...asked, customer: customer?.id ?? asked.customer }
  const { rows, before, after, stopped } = isUnclear(meant)
    ? NOTHING
    : await pageOrStopped(listMails(req.actor, query))
  const whyNotResent = await whyNotResentEach(req.actor, rows)
  const isAll = !before && !after
  page(res, 'mails/list', {
    title: t('Mails'),
    ignored,
    query,
    customer,
    meant,
    states: MAIL_STATES,
    stopped,
    count: isAll ? rows.length : await maybeCountMails(req.actor, query),
    countedMax: COUNTED_MAX,
    mails: rows.map((mail) => ({ ...mail, hindrance: whyNotResent(mail) })),
    pager: {
      newer: before && paths.mails({ ...query, after: '', before }),
      older: after && paths.mails({ ...query, before: '', after }),
    },
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
