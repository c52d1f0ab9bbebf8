import { Router } from 'express'
import { isUnclear, whoIsMeant } from '../customers/meant.ts'
import { pageOrStopped } from '../database/search.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import type { Actor } from '../people/actor.ts'
import { flash } from '../web/flash.ts'
import { readListQuery } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { Refusal } from '../web/refusal.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import { writeLetter } from './letter.ts'
import { COUNTED_MAX } from '../database/counted.ts'
import { listMails, MAIL_STATES, MailQuery, maybeCountMails } from './list.ts'
import { findMail, openMail } from './mail.ts'
import { mailLeaves } from '../mail/leaves.ts'
import { askedFor, resendMail, whyNotResentEach } from './resend.ts'

/** The mails to customers: the list without their bodies, one opened whole, and sending one again. */
export const mails = Router()

const NOTHING = { rows: [], before: null, after: null, stopped: null }

mails.get('/', allowed('mails.see'), async (req, res) => {
  const { query: asked, ignored } = readListQuery(MailQuery, req.query)
  const meant = await whoIsMeant(req.actor, asked.customer)
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

mails.get('/:id', allowed('mails.open'), async (req, res) => {
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

/**
 * The mail's HTML part as its reader sees it, for the frame in the page above, whose opening was recorded: only that page makes its
 * address, and for this person only. Its link is never in it. Mails carry their styles inline, so it has a policy of its own, under
 * which nothing runs, nothing is fetched and nothing is sent.
 */
mails.get('/:id/letter/:shown', allowed('mails.open'), async (req, res) => {
  const all = services(req)
  const mail = await findMail(req.actor, req.params.id)
  if (!all.keys.verify('shown-mail', openedBy(req.actor, mail), String(req.params.shown))) {
    throw new Refusal(404, t('E-mail not found.'))
  }
  const { html } = await writeLetter(all, mail, { hidesLink: true })
  res.set('Content-Security-Policy', LETTER_POLICY)
  res.set('Cache-Control', 'no-store')
  res.type('html').send(html)
})

const LETTER_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"

const openedBy = ({ id }: Pick<Actor, 'id'>, mail: { id: string }) => `${id}.${mail.id}`

mails.post('/:id/resend', allowed('mails.resend'), async (req, res) => {
  const { to, isQueued } = await resendMail(req.actor, req.params.id)
  if (isQueued) flash(res, t('An e-mail is on its way to {to}.', { to }))
  else
    flash(
      res,
      t('An e-mail of this kind was sent to {to} a moment ago, so no other e-mail was sent.', { to }),
      'attention',
    )
  goBack(res, paths.mails())
})

mails.get(
  '/:id/resend',
  formIsAt(() => paths.mails()),
)
