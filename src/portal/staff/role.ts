import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import { roleName } from '../../people/roles.ts'
import { ChangeRole } from '../../staff/change-role.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'
import { showStaff, whereNext } from '../staff.ts'

form(pages, '/staff/:id/role', ChangeRole, {
  formAt: () => paths.staff(),
  show: (res, member, form) => showStaff(res, { refused: { form, member } }),
  next(res, isChanged, member, { role: id }) {
    const said = { email: member.email, role: roleName(id) }
    const back = whereNext(res.req.actor.id, member)
    return isChanged
      ? { back, say: t('{email} is now {role}.', said) }
      : { back, say: t('No changes: {email} already has the role {role}.', said), tone: 'attention' }
  },
})
