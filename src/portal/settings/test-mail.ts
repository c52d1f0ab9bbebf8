import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { SendTestMail } from '../../resellers/send-test-mail.ts'
import { showNoForm } from '../../forms/form.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

form(pages, '/settings/test-mail', SendTestMail, {
  formAt: () => paths.settings(),
  show: showNoForm,
  next: (_res, { to }) => ({
    to: paths.settings(),
    say: t('A test e-mail is on its way to {to}. See the result under “Test e-mail”.', { to }),
  }),
})
