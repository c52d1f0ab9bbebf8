import type { Transaction } from '../database/client.ts'
import { isId, newId } from '../database/id.ts'
import type { Team } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { lockTeams, refreshTeamType } from './type.ts'

/** Makes a team without customers; the first customer becomes its owner (see settleTeam). */
export async function makeTeam(
  db: Transaction,
  resellerId: string,
  name: string,
): Promise<Pick<Team, 'id' | 'name'>> {
  const team = { id: newId(), name }
  await db.team.createMany({ data: { resellerId, ...team } })
  return team
}

/** The reseller's team of this id, or null; anything that is no id is nobody's. */
export async function maybeTeam(db: Transaction, resellerId: string, id: string): Promise<Team | null> {
  if (!isId(id)) return null
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
  if (!isId(id)) return null
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
 * Sees to it that a team's owner is one of its customers, the oldest where the former one has left, and nobody where there is none;
 * and that its type follows. Called after customers came or went, in the same transaction. Locks the team.
 */
export async function settleTeam(db: Transaction, resellerId: string, teamId: string) {
  await lockTeams(db, resellerId, [teamId])
  const { ownerCustomer } = await db.team.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: teamId } },
    select: { ownerCustomer: { select: { teamId: true } } },
  })
  if (ownerCustomer?.teamId !== teamId) {
    const oldest = await db.customer.findFirst({
      where: { resellerId, teamId },
      orderBy: [{ registeredAt: 'asc' }, { id: 'asc' }],
      select: { id: true },
    })
    await db.team.updateMany({
      where: { resellerId, id: teamId },
      data: { ownerCustomerId: oldest?.id ?? null },
    })
  }
  await refreshTeamType(db, resellerId, teamId)
}
