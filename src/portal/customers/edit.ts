import type { Response } from 'express'
import { asks } from '../../actions/form.ts'
import { basicsOf } from '../../customers/basics.ts'
import { EditCustomer } from '../../customers/edit.ts'
import { askWhoElseHas } from '../../customers/external-reference.ts'
import type { CustomerWithTeam } from '../../people/customer.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/edit': {
      customer: CustomerWithTeam
      form: Form
      alsoUsedBy: { id: string; email: string }[]
    }
  }
}

asks(pages, '/customers/:id/edit', EditCustomer, (res, customer) =>
  showEdit(res, customer, blankForm({ version: String(customer.version), ...basicsOf(customer) })),
)

/** The form of the basic information. */
export async function showEdit(res: Response, customer: CustomerWithTeam, form: Form) {
  page(res, 'customers/edit', {
    title: t('Edit basic information'),
    customer,
    form,
    alsoUsedBy: await askWhoElseHas(res.req.actor, customer),
  })
}
