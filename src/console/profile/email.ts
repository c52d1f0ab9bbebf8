import { form } from '../../actions/form.ts'
import { ChangeOwnEmail } from '../../customers/edit.ts'
import { paths } from '../../paths.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { showProfile } from '../profile.ts'

form(pages, '/console/profile/email', ChangeOwnEmail, {
  formAt: () => paths.consoleProfile(),
  show: (res, _id, account) => showProfile(res, { account }),
  next: (_res, changed, _id, { email }) =>
    changed.length > 0
      ? {
          to: paths.consoleProfile(),
          say: t('Your e-mail address is now {email}. Use it to log in. A link to verify it is on its way.', {
            email,
          }),
          tone: 'attention',
        }
      : { to: paths.consoleProfile(), say: t('No changes: this is already your e-mail address.') },
})
