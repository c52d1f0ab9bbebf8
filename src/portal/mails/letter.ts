import { writeLetter } from '../../mails/letter.ts'
import { findMail } from '../../mails/mail.ts'
import { allowed } from '../../people/guards.ts'
import { services } from '../../services.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import { openedBy } from '../mails.ts'
import { pages } from '../pages.ts'

/**
 * The mail's HTML part as its reader sees it, for the frame in the page above, whose opening was recorded: only that page makes its
 * address, and for this person only. Its link is never in it. Mails carry their styles inline, so it has a policy of its own, under
 * which nothing runs, nothing is fetched and nothing is sent.
 */
pages.get('/mails/:id/letter/:shown', allowed('mails.open'), async (req, res) => {
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
