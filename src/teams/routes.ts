import { type Request, type Response, Router } from 'express'
import { type CustomerWithTeam, findCustomer } from '../customers/customer.ts'
import { paths } from '../paths.ts'
import type { Actor } from '../people/actor.ts'
import type { Conflict } from '../web/conflict.ts'
import { flash } from '../web/flash.ts'
import { type Form, blankForm, readListQuery, submit } from '../web/form.ts'
import { allowed } from '../people/guards.ts'
import { page } from '../web/page.ts'
import { goBack } from '../web/ways-back.ts'
import { t } from '../web/words.ts'
import { TeamForm, TeamQuery } from './forms.ts'
import { searchTeams } from './search.ts'
import { countMembers, maybeChosenTeam, moveCustomer, renameTeam } from './team.ts'

/** A customer's team: its name, and the way to another one. */
export const teams = Router()

teams.get('/:id/team', allowed('customers.edit'), async (req, res) => {
  const customer = await findCustomer(req.actor, req.params.id)
  const {
    query: { q },
  } = readListQuery(TeamQuery, req.query)
  await showTeam(req, res, customer, blankForm({ teamName: customer.team.name }), q)
})

teams.post('/:id/team', allowed('customers.edit'), async (req, res) => {
  const { actor } = req
  const customer = await findCustomer(actor, req.params.id)
  const { email } = customer
  const form = await submit(TeamForm, req.body, async (values) => {
    const { teamName, teamId, newTeamName, seen, seenTeamId } = values
    if (teamName) {
      const { isNew } = await renameTeam(actor, customer, { name: teamName, seen, seenTeamId })
      const says = isNew
        ? t('Renamed the team to {team}.', { team: teamName })
        : t('The team is already called {team}.', { team: teamName })
      return { says, team: customer.team }
    }
    const destination = teamId ? { teamId } : { newTeamName: newTeamName ?? '' }
    const { team, isNew } = await moveCustomer(actor, customer, { ...destination, seenTeamId })
    const says = isNew
      ? t('Moved {email} to team {team}.', { email, team: team.name })
      : t('{email} is already in team {team}.', { email, team: team.name })
    return { says, team }
  })
  if (!form.ok) return showTeam(req, res, await findCustomer(actor, customer.id), form, form.typed.q ?? '')
  const { says, team } = form.result
  flash(res, says, 'done', { links: [{ href: paths.team(team), label: t('View team') }] })
  goBack(res, paths.customer(customer))
})

async function showTeam(req: Request, res: Response, customer: CustomerWithTeam, form: Form, q: string) {
  const { team } = customer
  const { teamName, seen, seenTeamId } = form.typed
  page(res, 'teams/team', {
    title: t('Team'),
    customer,
    members: await countMembers(req.actor, team.id),
    form: {
      ...form,
      typed: {
        ...form.typed,
        ...{ teamName: teamName ?? team.name, seen: seen ?? team.name, seenTeamId: seenTeamId ?? team.id },
      },
    },
    meant: await meantTeam(req.actor, form),
    search: { q, ...(await searchTeams(req.actor, q, { exceptId: team.id })) },
  })
}

/** Where a move that met another one was to go, as a person names it; null where none did. */
async function meantTeam(actor: Actor, { typed, facts }: Form): Promise<string | null> {
  const { differing = {} } = (facts.conflict ?? {}) as Partial<Conflict>
  if (!differing.teamId) return null
  if (!typed.teamId) return typed.newTeamName ?? ''
  return (await maybeChosenTeam(actor, typed.teamId))?.name ?? typed.teamId
}
