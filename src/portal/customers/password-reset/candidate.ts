import { form } from '../../../actions/form.ts'
import { GeneratePassword } from '../../../customers/reset-password.ts'
import { paths } from '../../../paths.ts'
import { blankForm } from '../../../forms/form.ts'
import { pages } from '../../pages.ts'
import { showPasswordReset } from '../password-reset.ts'

form(pages, '/customers/:id/password-reset/candidate', GeneratePassword, {
  formAt: ({ params }) => paths.passwordReset({ id: String(params.id) }),
  show: showPasswordReset,
  // The password is in this answer alone: a redirect would have to carry it in an address, a cookie or a row, and all of those are kept.
  next: (res, candidate, customer) => ({
    render: () => showPasswordReset(res, customer, blankForm(), candidate),
  }),
})
