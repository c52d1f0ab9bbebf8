import { form } from '../../actions/form.ts'
import { ResetCustomerFactors } from '../../customers/reset-factors.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { paths } from '../../paths.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/factor-reset': {
      form: Form
      customer: CustomerWithTeam
    }
  }
}

form(pages, '/customers/:id/factor-reset', ResetCustomerFactors, {
  blank: () => blankForm(),
  show: (res, customer, form) =>
    page(res, 'customers/factor-reset', { title: t('Reset second factors'), form, customer }),
  next: (_res, _done, customer) => ({
    back: paths.customer(customer),
    say: t('Removed all second factors of {email}. The password alone is enough to log in.', {
      email: customer.email,
    }),
  }),
})
