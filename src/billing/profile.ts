import { billingProfileChanged } from './events.ts'
import { changesBetween } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import type { BillingProfile, Team } from '../generated/prisma/client.ts'
import { type Actor, consoleCustomerId, mustBeAllowed } from '../people/actor.ts'
import { lockTeams, refreshTeamType } from '../teams/type.ts'
import { Refusal } from '../web/refusal.ts'
import { t } from '../web/words.ts'
import type { ProfileFacts } from './forms.ts'

const NONE: Omit<ProfileFacts, 'kind'> & { kind: string } = {
  kind: '',
  legalName: '',
  companyName: '',
  taxId: '',
  addressLine1: '',
  addressLine2: '',
  city: '',
  region: '',
  postalCode: '',
  country: '',
  billingEmail: '',
}

/** A team's billing profile with its version, as its form fills it in: texts, '' for nothing, version 0 where there is none yet. */
export async function readProfile(
  { database, reseller }: Actor,
  teamId: string,
): Promise<{ version: number; facts: typeof NONE }> {
  const profile = await maybeProfile(database.prisma, reseller.id, teamId)
  return { version: profile?.version ?? 0, facts: factsOf(profile) }
}

/**
 * Saves the billing profile of a customer's team, for all its customers, and works the team's type out anew. Says whether anything
 * changed; what stands there already is no change, so a form sent twice is answered like the first time.
 *
 * Refuses, 409, where somebody else saved since `version`, see savedMeanwhile(). There is no way to take a profile away: bills
 * went to it. Locks the team, which serialises everybody who saves its profile.
 */
export function saveProfile(actor: Actor, customer: InTeam, edit: ProfileEdit): Promise<boolean> {
  mustBeAllowed(actor, 'customers.edit')
  return applyEdit(actor, customer, edit)
}

/**
 * As saveProfile(), for the customer whose console it is, also by who is there under Admin Login. Refuses, 403, a customer who is not
 * their team's owner: bills go to all of the team, and one of them answers for it.
 */
export function saveOwnProfile(actor: Actor, customer: InTeam, edit: ProfileEdit): Promise<boolean> {
  return applyEdit(
    actor,
    { id: consoleCustomerId(actor), teamId: customer.teamId },
    edit,
    mustLookAfterBilling,
  )
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

interface ProfileEdit {
  version?: number | undefined
  profile: ProfileFacts
}

interface InTeam {
  id: string
  teamId: string
}

/** Asked again once the team is held: its owner may have changed since the page. */
async function mustLookAfterBilling(db: Transaction, resellerId: string, { id, teamId }: InTeam) {
  const customer = await db.customer.findUnique({
    where: { resellerId_id: { resellerId, id }, teamId },
    select: { id: true, team: true },
  })
  if (!customer || !looksAfterBilling(customer)) {
    throw new Refusal(403, t('The owner of your team manages its billing profile.'))
  }
}

function applyEdit(
  actor: Actor,
  customer: InTeam,
  { version, profile }: ProfileEdit,
  check?: typeof mustLookAfterBilling,
): Promise<boolean> {
  const resellerId = actor.reseller.id
  return transaction(actor, async (db) => {
    await lockTeams(db, resellerId, [customer.teamId])
    await check?.(db, resellerId, customer)
    const before = await maybeProfile(db, resellerId, customer.teamId)
    const changes = changesBetween({ ...factsOf(before) }, { ...profile })
    if (changes.changed.length === 0) return false
    const stands = before?.version ?? 0
    if (version !== undefined && version !== stands) {
      throw await savedMeanwhile(db, actor, {
        ...{ event: billingProfileChanged, customers: { teamId: customer.teamId } },
        ...{ now: { ...factsOf(before) }, wanted: { ...profile } },
        changesAgo: stands - version,
        changedAt: before?.updatedAt,
        seen: { version: String(stands) },
      })
    }
    if (before) {
      await db.billingProfile.update({
        where: { resellerId_id: { resellerId, id: customer.teamId } },
        data: { ...columnsOf(profile), version: { increment: 1 }, updatedAt: await databaseTime(db) },
      })
      await record(db, actor, billingProfileChanged, { customer, kind: profile.kind, ...changes })
    } else {
      await addProfile(db, actor, customer, profile)
    }
    await refreshTeamType(db, resellerId, customer.teamId)
    return true
  })
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
  await db.billingProfile.create({
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

const columnsOf = ({ companyName, ...facts }: ProfileFacts) => ({
  ...facts,
  companyName: facts.kind === 'enterprise' ? companyName : null,
})

function factsOf(profile: BillingProfile | null): typeof NONE {
  const names = Object.keys(NONE) as (keyof typeof NONE)[]
  return Object.fromEntries(names.map((name) => [name, profile?.[name] ?? ''])) as typeof NONE
}
