import { customerMoved, teamRenamed } from './events.ts'
import { validate as isUuid } from 'uuid'
import { record } from '../events/record.ts'
import { doneMeanwhile, savedMeanwhile } from '../events/saved-meanwhile.ts'
import { lockCustomer } from '../customers/customer.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { newId } from '../database/id.ts'
import type { Team } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import { lockTeams, refreshTeamType } from './type.ts'

/** Makes a team without customers; whoever comes first becomes its owner (see settleTeam). */
export function makeTeam(db: Transaction, resellerId: string, name: string): Promise<Team> {
  return db.team.create({ data: { resellerId, id: newId(), name } })
}

/** The reseller's team of this id, or null; anything that is no id is nobody's. */
export async function maybeTeam(db: Transaction, resellerId: string, id: string): Promise<Team | null> {
  if (!isUuid(id)) return null
  return db.team.findUnique({ where: { resellerId_id: { resellerId, id } } })
}

/** What a team of the reseller is called that reads as this name (see comparable()), the one of exactly this name first; null where there is none. */
export async function maybeTeamCalled(
  db: Transaction,
  resellerId: string,
  name: string,
): Promise<string | null> {
  const [team] = await db.$queryRaw<{ name: string }[]>`
    select name from teams where reseller_id = ${resellerId} and folded_name(name) = folded_name(${name})
    order by name = ${name} desc, id limit 1`
  return team?.name ?? null
}

/** A team to put a new customer into, as the page shows it; null where there is none of this id. */
export async function maybeChosenTeam({ database, reseller }: Actor, id: string) {
  if (!isUuid(id)) return null
  return database.prisma.team.findUnique({
    where: { resellerId_id: { resellerId: reseller.id, id } },
    select: { id: true, name: true, type: true, billingProfile: { select: { kind: true } } },
  })
}

/** The refusal of a team that is not there, at its field. */
export const noSuchTeam = () =>
  new Refusal(422, t('Team not found. Search and choose again.'), { field: 'teamId' })

/** How many customers belong to a team. */
export function countMembers({ database, reseller }: Actor, teamId: string): Promise<number> {
  return database.prisma.customer.count({ where: { resellerId: reseller.id, teamId } })
}

/**
 * Gives the customer's team another name, for all its customers. Says whether it is another one than before.
 * Refuses, 409, where the customer is no longer in the team that was seen, see doneMeanwhile(), and where that is no longer called what
 * was seen, see savedMeanwhile().
 * Locks the team, so that the audit row has the name that really stood there.
 */
export function renameTeam(
  actor: Actor,
  { id: customerId }: { id: string },
  { name, seen, seenTeamId }: { name: string } & SeenTeam & { seen?: string | undefined },
): Promise<{ isNew: boolean }> {
  mustBeAllowed(actor, 'customers.edit')
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
    if (team.name === name) return { isNew: false }
    if (seen !== undefined && team.name !== seen) {
      throw await savedMeanwhile(db, actor, {
        ...{ event: teamRenamed, remembers: { teamId: team.id }, seen: { seen: team.name } },
        ...{ now: { teamName: team.name }, wanted: { teamName: name }, opened: { teamName: seen } },
      })
    }
    await db.team.update({ where: at, data: { name } })
    await record(db, actor, teamRenamed, { customer, from: team.name, to: name, teamId: team.id })
    return { isNew: true }
  })
}

/** The team that the page showed the customer in, by its id; a script that sends none takes whatever it is. */
interface SeenTeam {
  seenTeamId?: string | undefined
}

/** Where a customer is to go: a team that is there, or a new one of this name. */
export type Destination = { teamId: string } | { newTeamName: string }

/**
 * Moves a customer to another team of the reseller. Where the customer owned the former team, its oldest remaining customer does from
 * now on; a team that is left without customers stays, empty and Default, with its billing profile, so that a move by mistake can be
 * taken back; the next customer who comes becomes its owner. Both types are worked out anew.
 *
 * Where the customer is there already nothing happens: a form sent twice. Refuses, 409, where somebody else has moved the customer since
 * the page was made, see savedMeanwhile(); 422, a team that is not the reseller's.
 * Locks the customer, then both teams.
 */
export function moveCustomer(
  actor: Actor,
  { id }: { id: string },
  destination: Destination & SeenTeam,
): Promise<{ team: Team; isNew: boolean }> {
  mustBeAllowed(actor, 'customers.edit')
  const resellerId = actor.reseller.id
  return transaction(actor, async (db) => {
    const customer = await lockCustomer(db, actor, id)
    if (!customer) throw new Refusal(404, t('Customer not found.'))
    const former = await db.team.findUniqueOrThrow({
      where: { resellerId_id: { resellerId, id: customer.teamId } },
      include: { _count: { select: { customers: true } } },
    })
    const isThere =
      'teamId' in destination
        ? destination.teamId === former.id
        : destination.newTeamName === former.name && former._count.customers === 1
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
    await db.customer.update({ where: { resellerId_id: { resellerId, id } }, data: { teamId: team.id } })
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

/**
 * Sees to it that a team's owner is one of its customers, the oldest where the former one has left, and nobody where there is none;
 * and that its type follows. Called after customers came or went, in the same transaction. Locks the team.
 */
export async function settleTeam(db: Transaction, resellerId: string, teamId: string) {
  await lockTeams(db, resellerId, [teamId])
  const at = { resellerId_id: { resellerId, id: teamId } }
  const { ownerCustomer } = await db.team.findUniqueOrThrow({
    where: at,
    select: { ownerCustomer: { select: { teamId: true } } },
  })
  if (ownerCustomer?.teamId !== teamId) {
    const oldest = await db.customer.findFirst({
      where: { resellerId, teamId },
      orderBy: [{ registeredAt: 'asc' }, { id: 'asc' }],
      select: { id: true },
    })
    await db.team.update({ where: at, data: { ownerCustomerId: oldest?.id ?? null } })
  }
  await refreshTeamType(db, resellerId, teamId)
}
