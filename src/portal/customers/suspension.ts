import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { TurnOffCustomer } from '../../customers/turn-off.ts'
import { paths } from '../../paths.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { view } from '../../web/flash.ts'
import type { Form } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/suspension': {
      customer: CustomerWithTeam
      form: Form
    }
  }
}

form(pages, '/customers/:id/suspension', TurnOffCustomer, {
  formAt: ({ params }) => paths.customerState({ id: String(params.id) }),
  show: showTurnOff,
  next: (_res, _done, customer) => ({
    back: paths.customer(customer),
    say: t('{email} can no longer log in.', { email: customer.email }),
    links: [view(paths.customer(customer)), { href: paths.customerState(customer), label: t('Turn on') }],
  }),
})

/** The form that turns a customer OFF. */
export function showTurnOff(res: Response, customer: CustomerWithTeam, form: Form) {
  page(res, 'customers/suspension', { title: t('Turn off'), customer, form })
}
