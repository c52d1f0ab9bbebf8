import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { TurnOnCustomer } from '../../customers/turn-off.ts'
import { paths } from '../../paths.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { view } from '../../web/flash.ts'
import type { Form } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/reinstatement': {
      customer: CustomerWithTeam
      form: Form
    }
  }
}

form(pages, '/customers/:id/reinstatement', TurnOnCustomer, {
  formAt: ({ params }) => paths.customerState({ id: String(params.id) }),
  show: showReinstatement,
  next: (_res, _done, customer) => ({
    back: paths.customer(customer),
    say: t('{email} can log in again.', { email: customer.email }),
    links: [view(paths.customer(customer))],
  }),
})

/** The form that turns a customer ON. */
export function showReinstatement(res: Response, customer: CustomerWithTeam, form: Form) {
  page(res, 'customers/reinstatement', { title: t('Turn on'), customer, form })
}
