import { sendOwnProofLink } from '../../customers/password-link.ts'
import { paths } from '../../paths.ts'
import { themselfOnly } from '../../people/guards.ts'
import { services } from '../../services.ts'
import { flash } from '../../web/flash.ts'
import { t } from '../../web/words.ts'
import { pages } from '../pages.ts'

pages.get('/console/security/reset-link', (_req, res) => res.redirect(303, paths.consoleSecurity()))

pages.post('/console/security/reset-link', themselfOnly, async (req, res) => {
  const email = await sendOwnProofLink(req.actor, services(req).keys)
  flash(res, t('A link is on its way to {email}. It expires in seven days.', { email }))
  res.redirect(303, paths.consoleSecurity())
})
