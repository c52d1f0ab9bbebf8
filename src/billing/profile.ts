import type { Transaction } from '../database/client.ts'
import { changesBetween } from '../events/changes.ts'
import { record } from '../events/record.ts'
import type { BillingProfile, Team } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'
import { type Form, blankForm } from '../forms/form.ts'
import { billingProfileChanged } from './events.ts'
import { type ProfileFacts, billingFields } from './forms.ts'

const NONE = Object.fromEntries(Object.keys(billingFields).map((name) => [name, ''])) as Record<
  keyof ProfileFacts,
  string
>

/** The form with the profile of this customer's team, '' for what is not there; version 0 where it has no profile. */
export async function blankProfile(
  { database, reseller }: Actor,
  { teamId, email }: { teamId: string; email: string },
): Promise<Form> {
  const profile = await maybeProfile(database.prisma, reseller.id, teamId)
  const facts = factsOf(profile)
  const version = String(profile?.version ?? 0)
  return blankForm({ ...facts, version, billingEmail: facts.billingEmail || email })
}

/** Whether the billing profile is this customer's to change: their team's owner's, or anybody's where it has none. */
export function looksAfterBilling({
  id,
  team,
}: {
  id: string
  team: Pick<Team, 'ownerCustomerId'>
}): boolean {
  return team.ownerCustomerId === null || team.ownerCustomerId === id
}

/**
 * Gives a customer's team that has none a billing profile, in the caller's transaction, which holds the team and works its type out
 * afterwards.
 */
export async function addProfile(
  db: Transaction,
  actor: Actor,
  customer: { id: string; teamId: string },
  profile: ProfileFacts,
) {
  await db.billingProfile.createMany({
    data: { resellerId: actor.reseller.id, id: customer.teamId, ...columnsOf(profile) },
  })
  const changes = changesBetween({ ...NONE }, { ...profile })
  await record(db, actor, billingProfileChanged, { customer, kind: profile.kind, ...changes })
}

/** The profile of a team, or null. */
export function maybeProfile(
  db: Pick<Transaction, 'billingProfile'>,
  resellerId: string,
  teamId: string,
): Promise<BillingProfile | null> {
  return db.billingProfile.findUnique({ where: { resellerId_id: { resellerId, id: teamId } } })
}

/** The profile as its row keeps it: a company name is an enterprise's only. */
export const columnsOf = ({ companyName, ...facts }: ProfileFacts) => ({
  ...facts,
  companyName: facts.kind === 'enterprise' ? companyName : null,
})

/** The profile as its form fills it in. */
export function factsOf(profile: BillingProfile | null): typeof NONE {
  const names = Object.keys(NONE) as (keyof typeof NONE)[]
  return Object.fromEntries(names.map((name) => [name, profile?.[name] ?? ''])) as typeof NONE
}
