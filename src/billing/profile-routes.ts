import { type Request, type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../customers/customer.ts'
import { paths } from '../paths.ts'
import { countMembers } from '../teams/team.ts'
import { flash, view } from '../web/flash.ts'
import { type Form, blankForm, submit } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import { countryOptions } from './countries.ts'
import { ProfileForm } from './forms.ts'
import { readProfile, saveProfile } from './profile.ts'

/** The billing profile of a customer's team. */
export const billingProfile = Router()

billingProfile.get('/:id/billing/profile', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const { version, facts } = await readProfile(req.actor, customer.teamId)
  const typed = { ...facts, version: String(version), billingEmail: facts.billingEmail || customer.email }
  await showProfile(req, res, customer, blankForm(typed))
})

billingProfile.post('/:id/billing/profile', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const form = await submit(ProfileForm, req.body, (values) => saveProfile(req.actor, customer, values))
  if (!form.ok) return showProfile(req, res, customer, form)
  const team = customer.team.name
  if (!form.result) flash(res, t('No changes.'))
  else
    flash(res, t('Saved the billing profile for team {team}.', { team }), 'done', {
      links: [view(paths.billing(customer))],
    })
  goBack(res, paths.customer(customer))
})

async function showProfile(req: Request, res: Response, customer: CustomerWithTeam, form: Form) {
  const { locale } = req.actor.reseller
  page(res, 'billing/profile', {
    title: t('Billing profile'),
    customer,
    members: await countMembers(req.actor, customer.teamId),
    form,
    countries: countryOptions(locale),
  })
}
