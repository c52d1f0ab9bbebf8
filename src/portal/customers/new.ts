import { randomUUID } from 'node:crypto'
import type { Response } from 'express'
import { asks } from '../../actions/form.ts'
import { countryOptions } from '../../billing/countries.ts'
import { CreateCustomer } from '../../customers/create.ts'
import { NewCustomerQuery } from '../../customers/forms.ts'
import { ownLimits } from '../../ledger/limits.ts'
import { exampleAmount } from '../../ledger/money.ts'
import { mayPost } from '../../ledger/kinds.ts'
import { listTags } from '../../tags/tag.ts'
import { searchTeams, type FoundTeam } from '../../teams/search.ts'
import { maybeChosenTeam } from '../../teams/team.ts'
import { type Form, blankForm, readQuery } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { Refusal } from '../../words/refusal.ts'
import { t } from '../../words/words.ts'
import type { SpokenLimit } from '../../ledger/role-limits.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/new': {
      form: Form
      key: string
      team: Awaited<ReturnType<typeof maybeChosenTeam>> | null
      search: { teams: FoundTeam[]; more: boolean; q: string }
      countries: readonly Option[]
      tags: Awaited<ReturnType<typeof listTags>>
      limits: SpokenLimit[]
      example: string
    }
  }
}

asks(pages, '/customers/new', CreateCustomer, async (res) => {
  const { actor, query } = res.req
  const { teamId, q } = readQuery(NewCustomerQuery, query)
  if (teamId && !(await maybeChosenTeam(actor, teamId))) {
    throw new Refusal(404, t('Team not found.'))
  }
  await showNewCustomer(res, blankForm({ teamId }), q)
})

/** The form keeps its key while it comes back, unless that has created a customer. */
export async function showNewCustomer(res: Response, form: Form, q = '') {
  const { actor } = res.req
  page(res, 'customers/new', {
    title: t('New Customer Account'),
    form,
    key: form.facts.keySpent ? randomUUID() : (form.typed.idempotencyKey ?? randomUUID()),
    team: form.typed.teamId ? await maybeChosenTeam(actor, form.typed.teamId) : null,
    search: { q, ...(await searchTeams(actor, q)) },
    countries: countryOptions(actor.reseller.locale),
    tags: await listTags(actor),
    limits: mayPost(actor, 'credits_set') ? await ownLimits(actor) : [],
    example: exampleAmount(actor.reseller),
  })
}
