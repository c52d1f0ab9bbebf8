import { Router } from 'express'
import { isUnclear, whoIsMeant } from '../customers/meant.ts'
import { pageOrStopped } from '../database/search.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { flash } from '../web/flash.ts'
import { readListQuery } from '../web/form.ts'
import { allowed, formIsAt } from '../web/guards.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { writeLetter } from './letter.ts'
import { listMails, MAIL_STATES, MailQuery } from './list.ts'
import { mailLeaves, mailName, openMail } from './mail.ts'
import { resendMail } from './resend.ts'

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
  page(res, 'mails/list', {
    title: t('Mails'),
    ignored,
    query,
    customer,
    meant,
    states: MAIL_STATES,
    stopped,
    mails: rows.map((mail) => ({ ...mail, name: mailName(mail.template) })),
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
  page(res, 'mails/mail', { title: t('Mail to {to}', { to: mail.toEmail }), mail, letter })
})

mails.post('/:id/resend', allowed('mails.resend'), async (req, res) => {
  const { to, isQueued } = await resendMail(req.actor, req.params.id)
  if (isQueued) flash(res, t('A mail to {to} is on its way.', { to }))
  else
    flash(
      res,
      t('A mail of this kind was sent to {to} a moment ago. No second one was sent.', { to }),
      'attention',
    )
  res.redirect(303, paths.mails())
})

mails.get(
  '/:id/resend',
  formIsAt(() => paths.mails()),
)
