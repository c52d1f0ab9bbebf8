import type { Response } from 'express'
import { form } from '../../actions/form.ts'
import { paths } from '../../paths.ts'
import type { Actor } from '../../people/actor.ts'
import { type CustomerWithTeam, findCustomer } from '../../people/customer.ts'
import { ChangeTeam } from '../../teams/change.ts'
import { TeamQuery } from '../../teams/forms.ts'
import { searchTeams, type FoundTeam } from '../../teams/search.ts'
import { countMembers, maybeChosenTeam } from '../../teams/team.ts'
import type { Conflict } from '../../forms/conflict.ts'
import { type Form, blankForm, readListQuery } from '../../forms/form.ts'
import { page } from '../../web/page.ts'
import { t } from '../../words/words.ts'
import { pages } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'customers/team': {
      customer: CustomerWithTeam
      members: number
      form: Form
      meant: string | null
      search: { teams: FoundTeam[]; more: boolean; q: string }
    }
  }
}

form(pages, '/customers/:id/team', ChangeTeam, {
  blank: ({ team }, { req }) =>
    blankForm({ teamName: team.name, q: readListQuery(TeamQuery, req.query).query.q }),
  // After a conflict the customer may be in another team.
  show: async (res, { id }, form) => showTeam(res, await findCustomer(res.req.actor, id), form),
  next: (_res, { team, isNew }, customer, { teamName }) => ({
    back: paths.customer(customer),
    say: said(customer, team, { isNew, isRenaming: Boolean(teamName) }),
    links: [{ href: paths.team(team), label: t('View team') }],
  }),
})

function said(
  { email }: { email: string },
  { name: team }: { name: string },
  { isNew, isRenaming }: { isNew: boolean; isRenaming: boolean },
) {
  if (isRenaming)
    return isNew
      ? t('Renamed the team to {team}.', { team })
      : t('The team is already called {team}.', { team })
  return isNew
    ? t('Moved {email} to team {team}.', { email, team })
    : t('{email} is already in team {team}.', { email, team })
}

async function showTeam(res: Response, customer: CustomerWithTeam, form: Form) {
  const { actor } = res.req
  const { team } = customer
  const { q = '', teamName = team.name, seen = team.name, seenTeamId = team.id } = form.typed
  page(res, 'customers/team', {
    title: t('Team'),
    customer,
    members: await countMembers(actor, team.id),
    form: { ...form, typed: { ...form.typed, teamName, seen, seenTeamId } },
    meant: await meantTeam(actor, form),
    search: { q, ...(await searchTeams(actor, q, { exceptId: team.id })) },
  })
}

/** Where a move that met another one was to go, as a person names it; null where none did. */
async function meantTeam(actor: Actor, { typed, facts }: Form): Promise<string | null> {
  const { differing = {} } = (facts.conflict ?? {}) as Partial<Conflict>
  if (!differing.teamId) return null
  if (!typed.teamId) return typed.newTeamName ?? ''
  return (await maybeChosenTeam(actor, typed.teamId))?.name ?? typed.teamId
}
