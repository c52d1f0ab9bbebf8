import type { Response } from 'express'
import { form } from '../actions/form.ts'
import { countryOptions } from '../billing/countries.ts'
import { blankProfile, looksAfterBilling } from '../billing/profile.ts'
import { SaveOwnBillingProfile } from '../billing/save-profile.ts'
import { paths } from '../paths.ts'
import type { CustomerWithTeam } from '../people/customer.ts'
import type { Form } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/billing-profile': {
      customer: CustomerWithTeam
      isTheirs: boolean
      form: Form
      countries: readonly Option[]
    }
  }
}

form(pages, '/console/billing-profile', SaveOwnBillingProfile, {
  blank: (customer, res) => blankProfile(res.req.actor, customer),
  show: showProfile,
  next: (_res, isChanged) => ({
    back: paths.consoleBilling(),
    say: isChanged ? t('Billing profile saved.') : t('No changes.'),
  }),
})

function showProfile(res: Response, customer: CustomerWithTeam, form: Form) {
  page(res, 'console/billing-profile', {
    title: t('Billing profile'),
    customer,
    isTheirs: looksAfterBilling(customer),
    form,
    countries: countryOptions(res.req.actor.reseller.locale),
  })
}
