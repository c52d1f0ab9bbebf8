import type { Response } from 'express'
import { form } from '../../../actions/form.ts'
import { countryOptions } from '../../../billing/countries.ts'
import { blankProfile } from '../../../billing/profile.ts'
import { SaveBillingProfile } from '../../../billing/save-profile.ts'
import { paths } from '../../../paths.ts'
import type { CustomerWithTeam } from '../../../people/customer.ts'
import { countMembers } from '../../../teams/team.ts'
import { view } from '../../../web/flash.ts'
import type { Form } from '../../../forms/form.ts'
import { page } from '../../../web/page.ts'
import { t } from '../../../words/words.ts'
import { pages } from '../../pages.ts'

declare module '../../../web/page.ts' {
  interface Views {
    'customers/billing/profile': {
      customer: CustomerWithTeam
      members: number
      form: Form
      countries: readonly Option[]
    }
  }
}

form(pages, '/customers/:id/billing/profile', SaveBillingProfile, {
  blank: (customer, res) => blankProfile(res.req.actor, customer),
  show: showProfile,
  next: (_res, isChanged, customer) => {
    const back = paths.customer(customer)
    if (!isChanged) return { back, say: t('No changes.') }
    const team = customer.team.name
    return {
      back,
      say: t('Saved the billing profile for team {team}.', { team }),
      links: [view(paths.billing(customer))],
    }
  },
})

async function showProfile(res: Response, customer: CustomerWithTeam, form: Form) {
  const { actor } = res.req
  page(res, 'customers/billing/profile', {
    title: t('Billing profile'),
    customer,
    members: await countMembers(actor, customer.teamId),
    form,
    countries: countryOptions(actor.reseller.locale),
  })
}
