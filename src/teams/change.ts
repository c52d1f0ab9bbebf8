import { z } from 'zod'
import { action } from '../actions/action.ts'
import { transaction } from '../database/client.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import { doneMeanwhile, savedMeanwhile } from '../events/saved-meanwhile.ts'
import type { Actor } from '../people/actor.ts'
import { findCustomer, lockCustomer } from '../people/customer.ts'
import { shownText, text } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { teamName } from './forms.ts'
import { makeTeam, maybeTeam, noSuchTeam, settleTeam } from './team.ts'
import { lockTeams } from './type.ts'

const teamRenamed = event<{ from: string; to: string; teamId: string }>(
  'team.renamed',
  t('Team renamed'),
  ({ from, to }) => t('renamed team {from} to {to}', { from, to }),
)

const customerMoved = event<{ from: string; fromTeamId: string; to: string; toTeamId: string }>(
  'customer.moved',
  t('Customer moved to another team'),
  ({ from, to }) => t('moved the customer from team {from} to team {to}', { from, to }),
)

/** The fields of which one is sent. */
const SENDABLE = ['teamName', 'teamId', 'newTeamName'] as const

/**
 * Renames a customer's team, for all its customers, by `teamName`; or moves the customer to another team, by `teamId`, or to a new one,
 * by `newTeamName`. One address takes all three. Gives the team, and whether anything is new: a form that is sent twice changes nothing.
 */
export const ChangeTeam = action({
  may: ['customers.edit'],
  leaves: [customerMoved, teamRenamed],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  // `seen` is the team's name as the page showed it, `seenTeamId` the team it showed the customer in; a script that sends none accepts any.
  // Where a conflict is answered by leaving the customer where somebody else has moved it, `teamId` is that team, and the name of a new
  // one, if it is sent along, is no longer meant.
  input: z
    .object({
      teamName: teamName().optional(),
      teamId: text({ max: 100 }).optional(),
      newTeamName: teamName().optional(),
      seen: shownText({ max: 1000 }).optional(),
      seenTeamId: shownText({ max: 100 }).optional(),
    })
    .superRefine((form, context) => {
      const sent = SENDABLE.filter((field) => form[field] !== undefined && field !== unmeant(form))
      const complain = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: [field], message })
      if (sent.length > 1) {
        return complain(
          sent.at(-1) as string,
          phrase('Rename the team or move the customer, not both at once.'),
        )
      }
      const field = sent[0] ?? 'teamName'
      if (!form[field])
        complain(field, field === 'teamId' ? phrase('Choose a team.') : phrase('This field is required.'))
    }),
  run: ({ actor }, customer, { teamName, teamId, newTeamName, ...seen }) =>
    teamName
      ? rename(actor, customer, { name: teamName, ...seen })
      : move(actor, customer, { ...(teamId ? { teamId } : { newTeamName: newTeamName ?? '' }), ...seen }),
})

/** Of a team and the name of a new one, which are sent together after a conflict, the one that was not chosen. */
function unmeant({ teamId, newTeamName, seenTeamId }: Partial<Record<string, string>>) {
  if (teamId === undefined || newTeamName === undefined) return undefined
  if (teamId === '') return 'teamId'
  return teamId === seenTeamId ? 'newTeamName' : undefined
}

/** The team that the page showed the customer in, by its id; a script that sends none accepts any. */
interface SeenTeam {
  seenTeamId?: string | undefined
}

/**
 * Locks the customer, then the team, so that the event has the name that is replaced.
 *
 * @throws 409 where the customer is no longer in the team that was seen, see doneMeanwhile(), and where that is no longer called what was
 * seen, see savedMeanwhile()
 */
function rename(
  actor: Actor,
  { id: customerId }: { id: string },
  { name, seen, seenTeamId }: { name: string } & SeenTeam & { seen?: string | undefined },
) {
  const resellerId = actor.reseller.id
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, customerId)
    if (!customer) throw new Refusal(404, t('Customer not found.'))
    await lockTeams(db, resellerId, [customer.teamId])
    const at = { resellerId_id: { resellerId, id: customer.teamId } }
    const team = await db.team.findUniqueOrThrow({ where: at })
    if (seenTeamId !== undefined && seenTeamId !== team.id) {
      throw await doneMeanwhile(
        db,
        actor,
        {
          ...{ event: customerMoved, customers: { id: customerId }, remembers: { toTeamId: team.id } },
          seen: { seen: team.name, seenTeamId: team.id },
        },
        t(
          'The customer was moved to team {team} after you opened this form. Nothing was renamed. To rename {team}, submit again.',
          { team: team.name },
        ),
      )
    }
    if (team.name === name) return { team, isNew: false }
    if (seen !== undefined && team.name !== seen) {
      throw await savedMeanwhile(db, actor, {
        ...{ event: teamRenamed, remembers: { teamId: team.id }, seen: { seen: team.name } },
        ...{ now: { teamName: team.name }, wanted: { teamName: name }, opened: { teamName: seen } },
      })
    }
    await db.team.updateMany({ where: { resellerId, id: team.id }, data: { name } })
    await record(db, actor, teamRenamed, { customer, from: team.name, to: name, teamId: team.id })
    return { team: { ...team, name }, isNew: true }
  })
}

/** Where a customer is to go: a team that is there, or a new one of this name. */
type Destination = { teamId: string } | { newTeamName: string }

/**
 * If the customer owned the former team, its oldest remaining customer becomes its owner. A team without customers is kept with its
 * billing profile, as Default, so that a move can be undone; the next customer who is moved there becomes its owner. Both types are
 * computed again. Locks the customer, then both teams.
 *
 * @throws 409 if the customer was moved since the page was opened, see savedMeanwhile(); 422 for a team of another reseller
 */
function move(actor: Actor, { id }: { id: string }, destination: Destination & SeenTeam) {
  const resellerId = actor.reseller.id
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, id)
    if (!customer) throw new Refusal(404, t('Customer not found.'))
    const former = await db.team.findUniqueOrThrow({
      where: { resellerId_id: { resellerId, id: customer.teamId } },
    })
    const isThere =
      'teamId' in destination
        ? destination.teamId === former.id
        : destination.newTeamName === former.name &&
          (await db.customer.count({ where: { resellerId, teamId: former.id } })) === 1
    if (isThere) return { team: former, isNew: false }
    const { seenTeamId } = destination
    if (seenTeamId !== undefined && seenTeamId !== former.id) {
      const wanted = 'teamId' in destination ? destination.teamId : ''
      throw await savedMeanwhile(db, actor, {
        ...{ event: customerMoved, customers: { id }, remembers: { toTeamId: former.id } },
        ...{ now: { teamId: former.id }, wanted: { teamId: wanted }, opened: { teamId: seenTeamId } },
        seen: { seenTeamId: former.id },
      })
    }
    const team =
      'teamId' in destination
        ? await maybeTeam(db, resellerId, destination.teamId)
        : await makeTeam(db, resellerId, destination.newTeamName)
    if (!team) throw noSuchTeam()
    await db.customer.updateMany({ where: { resellerId, id }, data: { teamId: team.id } })
    await lockTeams(db, resellerId, [former.id, team.id])
    await settleTeam(db, resellerId, former.id)
    await settleTeam(db, resellerId, team.id)
    await record(db, actor, customerMoved, {
      customer,
      ...{ from: former.name, fromTeamId: former.id },
      ...{ to: team.name, toTeamId: team.id },
    })
    return { team, isNew: true }
  })
}
