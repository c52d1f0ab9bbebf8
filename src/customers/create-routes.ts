import { randomUUID } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { countryOptions } from '../billing/countries.ts'
import { ownLimits } from '../ledger/limits.ts'
import { exampleAmount } from '../ledger/money.ts'
import { paths } from '../paths.ts'
import { may } from '../people/actor.ts'
import { listTags } from '../tags/tag.ts'
import { searchTeams } from '../teams/search.ts'
import { maybeChosenTeam } from '../teams/team.ts'
import { flash, view } from '../web/flash.ts'
import { type Form, blankForm, readQuery, submit } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { createCustomer } from './create.ts'
import { NewCustomerForm, NewCustomerQuery } from './forms.ts'

/** New Customer Account. */
export const creating = Router()

creating.get('/new', allowed('customers.edit'), async (req, res) => {
  const { teamId, q } = readQuery(NewCustomerQuery, req.query)
  if (teamId && !(await maybeChosenTeam(req.actor, teamId))) {
    throw new Refusal(404, t('Team not found.'))
  }
  await showNew(req, res, blankForm({ teamId }), q)
})

creating.post('/', allowed('customers.edit'), async (req, res) => {
  const { actor } = req
  const form = await submit(NewCustomerForm(actor.reseller), req.body, (values) =>
    createCustomer(actor, values),
  )
  if (!form.ok) return showNew(req, res, form)
  const { fresh, customer, teamOfThatName, creditsWait } = form.result
  const { email } = customer
  if (!fresh)
    flash(
      res,
      t('This form has already created {email}. No second customer was created.', { email }),
      'attention',
    )
  else if (creditsWait)
    flash(
      res,
      t(
        'Created {email}. A link to set a password is on its way. The opening credits are waiting for approval.',
        { email },
      ),
      'attention',
      { links: [view(paths.approvals({ customer: customer.id }))] },
    )
  else if (teamOfThatName !== null)
    flash(
      res,
      t(
        'Created {email} in a new team. Another team is also called {team}; if you meant that one, move the customer there.',
        { email, team: teamOfThatName },
      ),
      'attention',
    )
  else flash(res, t('Created {email}. A link to set a password is on its way.', { email }))
  res.redirect(303, paths.customer(customer))
})

/** The form keeps its key while it comes back, unless that has made somebody. */
async function showNew(req: Request, res: Response, form: Form, q = '') {
  const { actor } = req
  page(res, 'customers/new', {
    title: t('New Customer Account'),
    form,
    key: form.facts.keySpent ? randomUUID() : (form.typed.idempotencyKey ?? randomUUID()),
    team: form.typed.teamId ? await maybeChosenTeam(actor, form.typed.teamId) : null,
    search: { q, ...(await searchTeams(actor, q)) },
    countries: countryOptions(actor.reseller.locale),
    tags: await listTags(actor),
    limits: may(actor, 'money.post') ? await ownLimits(actor) : [],
    example: exampleAmount(actor.reseller),
  })
}
