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
      /** The password alone does not let in: another factor is set up first. */
      isRequired: boolean
    }
  }
}

form(pages, '/customers/:id/factor-reset', ResetCustomerFactors, {
  blank: () => blankForm(),
  show: (res, customer, form) =>
    page(res, 'customers/factor-reset', {
      title: t('Reset second factors'),
      ...{ form, customer, isRequired: customer.factors === 'required' },
    }),
  next: (_res, { factors }, customer) => ({
    back: paths.customer(customer),
    say:
      factors === 'required'
        ? t(
            'Removed all second factors of {email}. The customer logs in with the password alone, then has to set up a new one.',
            { email: customer.email },
          )
        : t('Removed all second factors of {email}. The password alone is enough to log in.', {
            email: customer.email,
          }),
  }),
})
