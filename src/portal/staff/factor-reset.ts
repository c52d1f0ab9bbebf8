import { form } from '../../actions/form.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { paths } from '../../paths.ts'
import { ResetFactors } from '../../staff/reset-factors.ts'
import type { StaffMember } from '../../staff/staff.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'staff/factor-reset': {
      form: Form
      member: StaffMember
    }
  }
}

form(pages, '/staff/:id/factor-reset', ResetFactors, {
  blank: () => blankForm(),
  show: (res, member, form) =>
    page(res, 'staff/factor-reset', { title: t('Reset second factors'), form, member }),
  next: (_res, _done, member) => ({
    back: paths.staff(),
    say: t(
      'Removed all second factors of {email}. The password alone is enough to log in and set up a new one.',
      {
        email: member.email,
      },
    ),
  }),
})
