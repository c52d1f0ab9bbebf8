import { randomUUID } from 'node:crypto'
import { action } from '../actions/action.ts'
import { billingProfileChanged } from '../billing/events.ts'
import { addProfile, maybeProfile } from '../billing/profile.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import type { Customer } from '../generated/prisma/client.ts'
import { postingWaits } from '../ledger/events.ts'
import { kindOf, permissionFor } from '../ledger/kinds.ts'
import { grantOpeningCredits } from '../ledger/opening-credits.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { newCustomerId } from '../people/customer-id.ts'
import { customerTagged } from '../tags/events.ts'
import { resolveTags } from '../tags/tag.ts'
import { makeTeam, maybeTeam, maybeTeamCalled, noSuchTeam, settleTeam } from '../teams/team.ts'
import { lockTeams } from '../teams/type.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { addressTaken } from './address.ts'
import { type NewCustomer, NewCustomerForm } from './forms.ts'
import { mailPasswordLink } from './password-link.ts'

export const customerCreated = event<{ email: string; team: string; teamId: string }>(
  'customer.created',
  t('Customer created'),
  ({ email, team }) => t('created {email} in team {team}', { email, team }),
)

interface Created {
  /** False: the same form created this customer before. */
  fresh: boolean
  customer: Pick<Customer, 'id' | 'email'>
  /** What another team is called that reads as the name which was given to a new one; null where there is none. */
  teamOfThatName: string | null
  /** The opening credits are above what the actor may grant alone, and wait for a second person. */
  creditsWait: boolean
}

/** Rounds for what a unique constraint refuses: the other press of the button, an address, or an ID that is taken, one at a time. */
const ROUNDS_MAX = 5

/**
 * Creates a customer with team, billing profile, tags and opening credits, and queues the mail with a set-password link, in one
 * transaction. The same key again gives the same customer. Opening credits also need the permission to set credits, and tags the
 * permission to set them.
 *
 * @throws 422 for an address that another customer has, a team of another reseller, a profile of a team that has one, and credits
 * beyond the actor's limits; 409 for a key that created a customer with another address
 */
export const CreateCustomer = action({
  may: ['customers.edit'],
  proof: 'in run',
  leaves: [customerCreated, customerTagged, billingProfileChanged, kindOf('credits_set').event, postingWaits],
  on: async () => null,
  input: ({ actor }) => NewCustomerForm(actor.reseller),
  run: async ({ actor }, _none, wanted): Promise<Created> => {
    if (wanted.credits > 0n) mustBeAllowed(actor, permissionFor('credits_set'))
    if (wanted.tags.length > 0) mustBeAllowed(actor, 'customers.tag')
    const key = wanted.idempotencyKey ?? randomUUID()
    for (let round = 1; ; round++) {
      const { made, takenBy } = await lookUp(actor, key, wanted.basics.email)
      if (made) return sameAgain(made, wanted)
      if (takenBy) throw addressTaken(takenBy)
      try {
        return await transaction(actor, (db) => create(db, actor, { ...wanted, key }))
      } catch (error) {
        // Whatever came in between, the next round sees it; a clash of IDs gets another one.
        if (round === ROUNDS_MAX || !isUniqueViolation(error)) throw error
      }
    }
  },
})

async function create(
  db: Transaction,
  actor: Actor,
  { key, ...wanted }: NewCustomer & { key: string },
): Promise<Created> {
  const resellerId = actor.reseller.id
  const { basics, profile } = wanted
  const teamOfThatName = wanted.teamName ? await maybeTeamCalled(db, resellerId, wanted.teamName) : null
  const team = wanted.teamId
    ? await maybeTeam(db, resellerId, wanted.teamId)
    : await makeTeam(db, resellerId, wanted.teamName || basics.name)
  if (!team) throw noSuchTeam()
  const customer = { resellerId, id: newCustomerId(), ...basics, teamId: team.id }
  await db.customer.createMany({
    data: { ...customer, creationKey: key, ...(actor.at && { registeredAt: actor.at }) },
  })
  await record(db, actor, customerCreated, {
    customer,
    email: basics.email,
    team: team.name,
    teamId: team.id,
  })
  await lockTeams(db, resellerId, [team.id])
  if (profile) {
    if (await maybeProfile(db, resellerId, team.id)) throw hasProfile()
    await addProfile(db, actor, customer, profile)
  }
  await settleTeam(db, resellerId, team.id)
  await addTags(db, actor, customer, wanted.tags)
  let creditsWait = false
  if (wanted.credits > 0n) {
    const granted = await grantOpeningCredits(db, actor, customer, {
      credits: wanted.credits,
      key: `${key}:credits`,
    })
    creditsWait = granted.waits
  }
  await mailPasswordLink(db, actor, { ...customer, passwordMark: null })
  return { fresh: true, customer, teamOfThatName, creditsWait }
}

async function addTags(
  db: Transaction,
  actor: Actor,
  customer: Pick<Customer, 'resellerId' | 'id'>,
  names: readonly string[],
) {
  if (names.length === 0) return
  const { resellerId, id: customerId } = customer
  const tags = await resolveTags(db, resellerId, names)
  await db.customerTag.createMany({ data: tags.map(({ id }) => ({ resellerId, customerId, tagId: id })) })
  await record(db, actor, customerTagged, { customer, added: tags.map(({ name }) => name), removed: [] })
}

/**
 * Whom the key has created, and who has the address: in one statement, because between two the form's other press could commit, and
 * its own address would be called taken.
 */
async function lookUp({ database, reseller }: Actor, key: string, email: string) {
  const found = await database.prisma.customer.findMany({
    where: { resellerId: reseller.id, OR: [{ creationKey: key }, { email }] },
    select: { id: true, email: true, creationKey: true },
  })
  return {
    made: found.find(({ creationKey }) => creationKey === key),
    takenBy: found.find((customer) => customer.email === email),
  }
}

function sameAgain(made: Pick<Customer, 'id' | 'email'>, { basics: { email } }: NewCustomer): Created {
  if (made.email === email) return { fresh: false, customer: made, teamOfThatName: null, creditsWait: false }
  throw new Refusal(
    409,
    t(
      'This form has already created {email}, so no customer was created now. Submit it again to create another.',
      {
        email: made.email,
      },
    ),
    { facts: { keySpent: true, made } },
  )
}

const hasProfile = () =>
  new Refusal(
    422,
    t(
      'This team already has a billing profile. Leave the billing fields empty, and edit the profile on its own page.',
    ),
    { field: 'kind' },
  )
