import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { SendStaffLink } from '../../staff/link.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { linksLeave, showStaff } from '../staff.ts'

form(pages, '/staff/:id/link', SendStaffLink, {
  formAt: () => paths.staff(),
  show: (res, member, form) => showStaff(res, { refused: { form, member } }),
  next: async (res, _sent, { email }) =>
    (await linksLeave(res))
      ? {
          to: paths.staff(),
          say: t('A new link is on its way to {email}. The previous link no longer works.', { email }),
        }
      : {
          to: paths.staff(),
          say: t(
            'The previous link of {email} no longer works. No e-mail leaves this installation. To get a link, run the command npm run staff:link on the host, as shown below their name.',
            { email },
          ),
          tone: 'attention',
        },
})
