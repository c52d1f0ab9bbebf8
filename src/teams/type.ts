import type { Transaction } from '../database/client.ts'
import type { BillingKind, TeamType } from '../generated/prisma/client.ts'

/** What a team's type follows from. */
interface Causes {
  /** When the owner customer's address was verified; null: it was not, or the team has no customer. */
  ownerVerifiedAt: Date | null
  /** The kind of the billing profile; null while there is none. */
  profileKind: BillingKind | null
}

/**
 * The type that follows: Default until the owner customer's address is verified and there is a billing profile; then the
 * profile's kind.
 */
export function teamTypeOf({ ownerVerifiedAt, profileKind }: Causes): TeamType {
  return ownerVerifiedAt && profileKind ? profileKind : 'default'
}

/**
 * Holds a team until the transaction ends: of two that change what its type, owner or profile follows from, the second waits and
 * then sees what the first did. Foreign keys may still point at it meanwhile, hence NO KEY UPDATE. Customers are locked or written
 * first, then teams, and several teams in one call, which takes them in the order of their ids.
 */
export async function lockTeams(db: Transaction, resellerId: string, teamIds: readonly string[]) {
  for (const id of [...new Set(teamIds)].sort()) {
    await db.$queryRaw`select from teams where reseller_id = ${resellerId} and id = ${id}::uuid for no key update`
  }
}

/**
 * Works the type of a team out again and stores it. Called in the transaction that changed a cause (an address verified or changed, a
 * profile saved, another owner), after that change was written. Locks the team, so that the last transaction has seen every cause.
 */
export async function refreshTeamType(
  db: Transaction,
  resellerId: string,
  teamId: string,
): Promise<TeamType> {
  await lockTeams(db, resellerId, [teamId])
  const team = await db.team.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id: teamId } },
    select: {
      type: true,
      ownerCustomer: { select: { emailVerifiedAt: true } },
      billingProfile: { select: { kind: true } },
    },
  })
  const type = teamTypeOf({
    ownerVerifiedAt: team.ownerCustomer?.emailVerifiedAt ?? null,
    profileKind: team.billingProfile?.kind ?? null,
  })
  if (type !== team.type) {
    await db.team.updateMany({ where: { resellerId, id: teamId }, data: { type } })
  }
  return type
}
