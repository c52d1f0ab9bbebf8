import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { ReinstateStaff } from '../../staff/suspend.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { showStaff } from '../staff.ts'

form(pages, '/staff/:id/reinstatement', ReinstateStaff, {
  formAt: () => paths.staff(),
  show: (res, member, form) => showStaff(res, { refused: { form, member } }),
  next: (_res, _done, member) => ({
    back: paths.staff(),
    say: t('{email} can log in again.', { email: member.email }),
  }),
})
