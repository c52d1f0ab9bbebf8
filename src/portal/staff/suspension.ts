import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { TurnOffStaff } from '../../staff/turn-off.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { showStaff, whereNext } from '../staff.ts'

form(pages, '/staff/:id/suspension', TurnOffStaff, {
  formAt: () => paths.staff(),
  show: (res, member, form) => showStaff(res, { refused: { form, member } }),
  next: (res, _done, member) => ({
    back: whereNext(res.req.actor.id, member),
    say: t('{email} can no longer log in.', { email: member.email }),
  }),
})
