import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { type Form, blankForm } from '../../forms/form.ts'
import { paths } from '../../paths.ts'
import { CUSTOMER_FACTORS, ChooseCustomerFactors } from '../../resellers/customer-factors.ts'
import { page } from '../../web/page.ts'
import { type Sentence, t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'settings/customer-factors': {
      form: Form
      choices: { value: string; label: Sentence }[]
    }
  }
}

form(pages, '/settings/customer-factors', ChooseCustomerFactors, {
  blank: (current) => blankForm({ customerFactors: current, seen: current }),
  show: (res, _current, form) => showCustomerFactors(res, form),
  next: (_res, isChanged) => ({
    to: paths.settings(),
    say: isChanged ? t('Saved the setting for second factors of customers.') : t('No changes.'),
  }),
})

function showCustomerFactors(res: Response, form: Form) {
  page(res, 'settings/customer-factors', {
    title: t('Second factors of customers'),
    form,
    choices: Object.entries(CUSTOMER_FACTORS).map(([value, label]) => ({ value, label })),
  })
}
