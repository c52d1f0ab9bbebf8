import { changeOwnEmail } from '../../customers/edit.ts'
import { EmailForm } from '../../customers/forms.ts'
import { paths } from '../../paths.ts'
import { themselfOnly } from '../../people/guards.ts'
import { services } from '../../services.ts'
import { flash } from '../../web/flash.ts'
import { submit } from '../../web/form.ts'
import { t } from '../../web/words.ts'
import { pages } from '../pages.ts'
import { showProfile } from '../profile.ts'

pages.get('/console/profile/email', (_req, res) => res.redirect(303, paths.consoleProfile()))

pages.post('/console/profile/email', themselfOnly, async (req, res) => {
  const form = await submit(EmailForm, req.body, (values) =>
    changeOwnEmail(req.actor, values, services(req).keys),
  )
  if (!form.ok) return showProfile(res, { account: form })
  const { email } = form.values
  if (form.result.length > 0)
    flash(
      res,
      t('Your e-mail address is now {email}. Use it to log in. A link to verify it is on its way.', {
        email,
      }),
      'attention',
    )
  else flash(res, t('No changes: this is already your e-mail address.'))
  res.redirect(303, paths.consoleProfile())
})
