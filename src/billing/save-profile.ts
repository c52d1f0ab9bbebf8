import { z } from 'zod'
import { action } from '../actions/action.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import { changesBetween } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { savedMeanwhile } from '../events/saved-meanwhile.ts'
import { type Actor, consoleCustomerId } from '../people/actor.ts'
import { findCustomer, findOwnCustomer } from '../people/customer.ts'
import { lockTeams, refreshTeamType } from '../teams/type.ts'
import { WHATEVER_ELSE, hiddenValue } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { billingProfileChanged } from './events.ts'
import { type ProfileFacts, billingFields, checkProfile, profileOf } from './forms.ts'
import { addProfile, columnsOf, factsOf, looksAfterBilling, maybeProfile } from './profile.ts'

/**
 * The profile's own form. `version` counts its edits, 0 where there was no profile; a script that sends none
 * counts as having seen the current one.
 */
export const ProfileForm = z
  .object({
    ...billingFields,
    version: hiddenValue(/^\d{1,9}$/)
      .transform(Number)
      .optional(),
  })
  .superRefine((form, context) => {
    if (form.kind) checkProfile(form, context)
    else
      context.addIssue({
        code: 'custom',
        path: ['kind'],
        message: phrase('Choose individual or enterprise. A billing profile can be edited, but not removed.'),
      })
  }, WHATEVER_ELSE)
  .transform(({ version, ...form }) => ({ version, profile: profileOf(form) as ProfileFacts }))

interface InTeam {
  id: string
  teamId: string
}

/**
 * Saves the billing profile of a customer's team, for all its customers, and computes the team's type again. Gives whether anything
 * changed. A profile cannot be removed, because bills were sent to it. Locks the team.
 *
 * @throws 409 if another person saved since `version`, see savedMeanwhile()
 */
export const SaveBillingProfile = action({
  may: ['customers.edit'],
  leaves: [billingProfileChanged],
  on: ({ actor }, { id }) => findCustomer(actor, id),
  input: ProfileForm,
  run: ({ actor }, customer: InTeam, edit) => save(actor, customer, edit),
})

/**
 * As SaveBillingProfile, for the customer whose console it is, also under Admin Login.
 *
 * @throws 403 for a customer who is not their team's owner: bills go to all of the team, and one of them answers for it
 */
export const SaveOwnBillingProfile = action({
  may: 'customer',
  leaves: [billingProfileChanged],
  on: ({ actor }) => findOwnCustomer(actor),
  input: ProfileForm,
  run: ({ actor }, { teamId }: { teamId: string }, edit) =>
    save(actor, { id: consoleCustomerId(actor), teamId }, edit, mustLookAfterBilling),
})

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

function save(
  actor: Actor,
  customer: InTeam,
  { version, profile }: z.output<typeof ProfileForm>,
  check?: typeof mustLookAfterBilling,
): Promise<boolean> {
  const resellerId = actor.reseller.id
  return transaction(actor, async (db) => {
    await lockTeams(db, resellerId, [customer.teamId])
    await check?.(db, resellerId, customer)
    const before = await maybeProfile(db, resellerId, customer.teamId)
    const changes = changesBetween({ ...factsOf(before) }, { ...profile })
    if (changes.changed.length === 0) return false
    const current = before?.version ?? 0
    if (version !== undefined && version !== current) {
      throw await savedMeanwhile(db, actor, {
        ...{ event: billingProfileChanged, customers: { teamId: customer.teamId } },
        ...{ now: { ...factsOf(before) }, wanted: { ...profile } },
        changesAgo: current - version,
        changedAt: before?.updatedAt,
        seen: { version: String(current) },
      })
    }
    if (before) {
      await db.billingProfile.updateMany({
        where: { resellerId, id: customer.teamId },
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
