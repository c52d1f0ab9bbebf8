import { form } from '../../actions/form.ts'
import { SendOwnResetLink } from '../../customers/password-link.ts'
import { paths } from '../../paths.ts'
import { showNoForm } from '../../forms/form.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

form(pages, '/console/security/reset-link', SendOwnResetLink, {
  formAt: () => paths.consoleSecurity(),
  show: showNoForm,
  next: (_res, email) => ({
    to: paths.consoleSecurity(),
    say: t('A link is on its way to {email}. It expires in seven days.', { email }),
  }),
})
