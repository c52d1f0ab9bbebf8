import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { TurnOnStaff } from '../../staff/turn-off.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { showStaff } from '../staff.ts'

form(pages, '/staff/:id/reinstatement', TurnOnStaff, {
  formAt: () => paths.staff(),
  show: (res, member, form) => showStaff(res, { refused: { form, member } }),
  next: (_res, _done, member) => ({
    back: paths.staff(),
    say: t('{email} can log in again.', { email: member.email }),
  }),
})
