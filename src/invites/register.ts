import { action } from '../actions/action.ts'
import { billingProfileChanged } from '../billing/events.ts'
import { addProfile } from '../billing/profile.ts'
import { sendVerification } from '../customers/verify.ts'
import { type Transaction, transaction } from '../database/client.ts'
import { isUniqueViolation } from '../database/failures.ts'
import { event } from '../events/event.ts'
import { record } from '../events/record.ts'
import type { Invite } from '../generated/prisma/client.ts'
import { postingWaits } from '../ledger/events.ts'
import { kindOf, mayPost } from '../ledger/kinds.ts'
import { grantOpeningCredits } from '../ledger/opening-credits.ts'
import { queueMail } from '../mail/outbox.ts'
import { type Actor, customerActor, systemActor } from '../people/actor.ts'
import { newCustomerId } from '../people/customer-id.ts'
import { maybeStaffActor } from '../people/load-actor.ts'
import { hashPassword } from '../people/password-hash.ts'
import { mustBeHardToGuess } from '../people/password-policy.ts'
import { type ResellerFace, findReseller } from '../people/reseller.ts'
import { limited, networkOf } from '../people/throttle.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Services } from '../services.ts'
import { resolveTags } from '../tags/tag.ts'
import { makeTeam, settleTeam } from '../teams/team.ts'
import { lockTeams } from '../teams/type.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { JoinForm, type Registration } from './forms.ts'
import { type OpeningCredits, customerRegisteredMail } from './mails.ts'
import { type InviteRead, readInvite } from './token.ts'

export const customerRegistered = event<{
  email: string
  team: string
  teamId: string
  invite: string
  invitedBy: string
  tags: readonly string[]
}>('customer.registered', t('Customer registered'), ({ email, invitedBy }) =>
  invitedBy
    ? t('registered as {email}, invited by {invitedBy}', { email, invitedBy })
    : t('registered as {email} with the invite link', { email }),
)

/** An open invite and its reseller. */
interface Entrance {
  invite: Invite
  reseller: ResellerFace
}

/** What the link of an invite leads to: `entrance` while it is open. */
export interface InviteFound {
  token: string
  entrance: Entrance | null
  state: InviteRead['state']
  reseller: ResellerFace | null
}

/** The invite of a token and its reseller. */
export async function readEntrance({ database, keys }: Services, token: string): Promise<InviteFound> {
  const { invite, state } = await readInvite(database, keys, token)
  if (!invite) return { token, entrance: null, state, reseller: null }
  const reseller = await findReseller(database, invite.resellerId)
  return { token, entrance: state === 'open' ? { invite, reseller } : null, state, reseller }
}

/** A new customer, before there is a row. */
interface Newcomer extends Omit<Registration, 'email' | 'password'> {
  email: string
  passwordHash: string
}

/**
 * Registers the person who has the link of an invite as a customer with their own team, and mails a link to verify the address; the
 * team is Default until that is done and there is a billing profile. The customer gets the invite's tags and opening credits, and its
 * creator a mail. All of it is one transaction, with the counting of the use.
 *
 * @throws 422 for another address than the invite's, an address that a customer of this reseller has, and an easily guessed password;
 * 409 for an invite that is not open; 429 for too many registrations from one network
 */
export const Register = action({
  may: 'link',
  leaves: [customerRegistered, billingProfileChanged, kindOf('credits_set').event, postingWaits],
  on: ({ services }, { token }) => readEntrance(services, String(token)),
  input: JoinForm,
  run: async ({ services, request }, { entrance }, registration) => {
    if (!entrance) throw notOpen()
    const email = addressFor(entrance.invite, registration.email)
    return limited(services, [{ limit: 'join-network', of: networkOf(request.ip) }], () =>
      registerAs(services, entrance, { ...registration, email }, request),
    )
  },
})

async function registerAs(
  services: Services,
  { invite, reseller }: Entrance,
  { email, password, ...facts }: Registration & { email: string },
  request: RequestFacts,
): Promise<{ email: string }> {
  await mustBeHardToGuess(services, password, {
    about: [email, facts.name, facts.teamName, reseller.name],
    counter: { limit: 'join-password', of: `${invite.id} ${networkOf(request.ip)}` },
  })
  const profile = facts.profile && { ...facts.profile, billingEmail: facts.profile.billingEmail || email }
  const newcomer = { ...facts, profile, email, passwordHash: await hashPassword(password) }
  const maker = invite.staffId
    ? await maybeStaffActor(services, { resellerId: invite.resellerId, id: invite.staffId })
    : null
  for (let round = 1; ; round++) {
    const actor = customerActor(services, reseller, { id: newCustomerId(), email, name: facts.name }, request)
    try {
      await transaction(services, (db) => enter(db, actor, { invite, maker, newcomer }))
      return { email }
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      // Either the address is taken, or (once in a million years) the ID: then another one is drawn.
      if (await isTaken(services, reseller.id, email)) throw hasAccount()
      if (round === 3) throw error
    }
  }
}

/** The address somebody registers with: the invite's own where it has one. */
function addressFor({ email: bound }: Invite, typed: string | undefined): string {
  if (!bound && !typed) throw new Refusal(422, t('This field is required.'), { field: 'email' })
  if (bound && typed && typed !== bound) {
    throw new Refusal(422, t('This invite is for {email}. Register with that address.', { email: bound }), {
      field: 'email',
    })
  }
  return bound ?? (typed as string)
}

async function enter(
  db: Transaction,
  actor: Actor,
  { invite, maker, newcomer }: { invite: Invite; maker: Actor | null; newcomer: Newcomer },
) {
  const { email, name, profile, passwordHash } = newcomer
  const resellerId = actor.reseller.id
  const team = await makeTeam(db, resellerId, newcomer.teamName || profile?.companyName || name)
  const customer = { id: actor.id as string, email, teamId: team.id }
  await db.customer.createMany({
    data: { ...customer, resellerId, name, passwordHash, registeredVia: 'invite', inviteId: invite.id },
  })
  await record(db, actor, customerRegistered, {
    customer,
    email,
    team: team.name,
    teamId: team.id,
    invite: invite.id,
    invitedBy: invite.staffId ? invite.staffName : '',
    tags: invite.tags,
  })
  await lockTeams(db, resellerId, [team.id])
  if (profile) await addProfile(db, actor, customer, profile)
  await settleTeam(db, resellerId, team.id)
  const tags = await resolveTags(db, resellerId, invite.tags)
  await db.customerTag.createMany({
    data: tags.map(({ id: tagId }) => ({ resellerId, customerId: customer.id, tagId })),
  })
  await sendVerification(db, actor, customer)
  const credits = await grantCredits(db, actor, { invite, maker, customer })
  await tellMaker(db, actor, { invite, maker, about: { customerId: customer.id, email, name, credits } })
  // Last, so that many who come at once wait for each other as briefly as can be.
  await takeUse(db, invite)
}

/** Counts the use. The condition sits in the write, so that an invite is never used more often than it may be. */
async function takeUse(db: Transaction, { resellerId, id, generation }: Invite) {
  const taken = await db.$executeRaw`
    update invites set uses = uses + 1
    where reseller_id = ${resellerId} and id = ${id}::uuid and generation = ${generation}
      and revoked_at is null and expires_at > now() and (max_uses is null or uses < max_uses)`
  if (taken !== 1) throw notOpen()
}

/**
 * Posts the invite's opening credits, by the system for the account of who created it, if that person may still grant credits and as many:
 * an invite cannot do what that person cannot. Above their threshold they wait for a second person.
 */
async function grantCredits(
  db: Transaction,
  { database, queue, reseller, requestId, ip, userAgent }: Actor,
  { invite, maker, customer }: { invite: Invite; maker: Actor | null; customer: { id: string } },
): Promise<OpeningCredits> {
  if (invite.credits === 0n) return 'none'
  if (!maker || !mayPost(maker, 'credits_set')) return 'refused'
  const system = {
    ...systemActor({ database, queue }, reseller, `invite by ${invite.staffName}`),
    requestId,
    ip,
    userAgent,
  }
  try {
    const { waits } = await grantOpeningCredits(db, system, customer, {
      credits: invite.credits,
      key: `invite:${invite.id}:${customer.id}`,
      limitsOf: maker.id as string,
    })
    return waits ? 'waits' : 'granted'
  } catch (error) {
    // More than the maker may grant: the mail says so, and it is no reason to turn the customer away.
    if (error instanceof Refusal) return 'refused'
    throw error
  }
}

/** Mails who created the invite; where that is nobody, or nobody any more, the owners. */
async function tellMaker(
  db: Transaction,
  { reseller: { id: resellerId }, queue }: Actor,
  {
    invite,
    maker,
    about,
  }: {
    invite: { id: string }
    maker: Actor | null
    about: { customerId: string; email: string; name: string; credits: OpeningCredits }
  },
) {
  const who = maker?.id ? { id: maker.id } : ({ roleId: 'owner' } as const)
  const readers = await db.staff.findMany({
    where: { resellerId, state: 'ON', ...who },
    select: { id: true, email: true },
    orderBy: { id: 'asc' },
  })
  for (const { id: staffId, email: to } of readers) {
    await queueMail(db, queue, {
      resellerId,
      to,
      template: customerRegisteredMail,
      values: about,
      person: { staffId },
      about: invite.id,
    })
  }
}

async function isTaken({ database }: Services, resellerId: string, email: string): Promise<boolean> {
  const customer = await database.prisma.customer.findUnique({
    where: { resellerId_email: { resellerId, email } },
    select: { id: true },
  })
  return customer !== null
}

const notOpen = () => new Refusal(409, t('This invite is no longer open.'))

/** Said openly, because who registers has to know what to do next; who tries many addresses is stopped by the throttle. */
const hasAccount = () =>
  new Refusal(422, t('An account with this address already exists.'), {
    field: 'email',
    facts: { hasAccount: true },
  })
