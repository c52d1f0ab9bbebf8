import { createStaff } from '../../src/people/staff-address.ts'
import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidv7, validate as isUuid } from 'uuid'
import { transaction } from '../../src/database/client.ts'
import { inviteToken } from '../../src/invites/token.ts'
import { verifyEmailMail } from '../../src/customers/mails.ts'
import { queueMail } from '../../src/mail/outbox.ts'
import { paths } from '../../src/paths.ts'
import { LINK_MINUTES, linkToken, makeLink } from '../../src/people/one-time-link.ts'
import type { Invite, LinkPurpose, Prisma } from '../../src/generated/prisma/client.ts'
import { refill } from './postings.ts'
import type { Actor } from '../../src/people/actor.ts'
import { newSessionSecret, sessionDigest, sessionIdOf } from '../../src/people/session-store.ts'
import type { RoleId } from '../../src/people/roles.ts'
import { type House, makeCustomer } from './cast.ts'
import type { RunningPurser } from './purser.ts'

/** Makes what an address speaks of, new for each call, because many actions can be done to one thing only once. Gives its ids in order. */
type Maker = (purser: RunningPurser, house: House) => Promise<string | string[]>

/** What stands deeper comes first. */
const MAKERS: Readonly<Record<string, Maker>> = {
  '/customers/:id/postings/:postingId': makePosting,
  '/customers/:id/grants/:grantId': (_purser, house) => makeGrant(house),
  '/customers/:id': async (_purser, house) => (await makeCustomer(house)).id,
  '/teams/:id': async (_purser, house) => (await makeCustomer(house)).teamId,
  '/tags/:id': (_purser, house) => makeTag(house),
  '/login-as/:id': async (_purser, house) => (await makeLoginAs(house)).id,
  '/staff/:id': (_purser, house) => makeStaff(house),
  '/mails/:id': (_purser, house) => makeMail(house),
  '/approvals/limits/:id': (_purser, house) => makeRaise(house),
  '/approvals/:id': async (_purser, house) => (await makeWaiting(house)).waitingId,
  '/invites/:id': async (_purser, house) => (await makeInviteRow(house)).id,
  '/join/:token': async ({ services }, house) => inviteToken(services.keys, await makeInviteRow(house)),
  '/set-password/:token': (purser, house) => makeToken(purser, house, 'set_password'),
  '/verify/:token': (purser, house) => makeToken(purser, house, 'verify_email'),
  '/console/:reseller': async (_purser, { reseller }) => reseller.slug,
  '/console/enter/:code': (_purser, house) => makeCode(house),
  '/account/factors/:id': async (_purser, house) => makeFactor(house, { id: await makeStaff(house) }),
  '/console/security/factors/:id': async (_purser, house) => makeFactor(house, await makeCustomer(house)),
  '/account/sessions/:id': async (_purser, house) => makeSession(house, house.staff.auditor),
  '/console/security/sessions/:id': async (_purser, house) => makeSession(house, await makeCustomer(house)),
}

/** The address of a route with a thing of this house in it: /customers/:id/edit becomes /customers/7K3M9QWX2A/edit. */
export async function addressOf(purser: RunningPurser, house: House, path: string): Promise<string> {
  const filled = fillIn(path, await idsFor(purser, house, path))
  // Whatever stands deeper is nothing that exists.
  return filled.replaceAll(/:\w+/g, () => uuidv7())
}

/** The ids of a new thing of this house that the route is about, in the order of the address. */
export async function idsFor(purser: RunningPurser, house: House, path: string): Promise<string[]> {
  const prefix = Object.keys(MAKERS).find((start) => path === start || path.startsWith(`${start}/`))
  if (!prefix && path.includes(':')) throw new Error(`tests/support/scene.ts cannot fill in ${path}.`)
  return prefix ? [await (MAKERS[prefix] as Maker)(purser, house)].flat() : []
}

/** The same, but made once for each route: for sweeps by people who are not let in, and so use nothing up. */
export function addressesOf(purser: RunningPurser, house: House): (path: string) => Promise<string> {
  const known = new Map<string, Promise<string>>()
  return (path) => {
    const address = known.get(path) ?? addressOf(purser, house, path)
    known.set(path, address)
    return address
  }
}

/** The address of a route with these values in the places of its first parameters, written as they are. */
export const fillIn = (path: string, values: string | string[]) =>
  [values].flat().reduce((filled, value) => filled.replace(/:\w+/, () => value), path)

/** A tag that one customer has. */
export async function makeTag({ system, reseller }: House, name = `tag ${uuidv7()}`): Promise<string> {
  const id = uuidv7()
  await system.database.prisma.tag.create({
    data: { resellerId: reseller.id, id, name, key: name.toLowerCase(), colour: 'blue' },
  })
  return id
}

/** A customer with a refill, which can be reversed. */
async function makePosting(_purser: RunningPurser, house: House): Promise<string[]> {
  const customer = await makeCustomer(house, { balance: 500n })
  const { id } = await house.system.database.prisma.posting.findFirstOrThrow({
    where: { resellerId: house.reseller.id, customerId: customer.id },
  })
  return [customer.id, id]
}

/** A customer with credits, and the grant that they are. */
async function makeGrant(house: House): Promise<string[]> {
  const { id: customerId } = await makeCustomer(house, { credits: 5_000n })
  const grant = await house.system.database.prisma.creditGrant.findFirstOrThrow({ where: { customerId } })
  return [customerId, grant.id]
}

/** An invite, made by the owner: single, open and for an address, unless `facts` say otherwise. */
async function makeInviteRow(
  { system, reseller, staff }: House,
  facts: Partial<Prisma.InviteCreateManyInput> = {},
): Promise<Invite> {
  const { prisma } = system.database
  const resellerId = reseller.id
  const id = uuidv7()
  const row: Prisma.InviteCreateManyInput = {
    ...{ resellerId, id, kind: 'single', email: `${id}@somewhere.example`, maxUses: 1 },
    ...{ staffId: staff.owner.id, staffName: staff.owner.email },
    expiresAt: new Date(Date.now() + 7 * 24 * 60 * 60_000),
    ...facts,
  }
  await prisma.invite.createMany({ data: row })
  return prisma.invite.findUniqueOrThrow({ where: { resellerId_id: { resellerId, id } } })
}

/** Higher limits that wait: for a role that may not post, so that they bind nobody. Another Owner, whom nobody is, asks for them. */
async function makeRaise(house: House): Promise<string> {
  const { system, reseller } = house
  const { prisma } = system.database
  const role = { resellerId_id: { resellerId: reseller.id, id: 'support' } }
  await prisma.role.update({ where: role, data: { entryMax: 100n } })
  const askerId = await makeStaff(house, 'owner')
  const id = uuidv7()
  const raised = { roles: ['support'], changed: ['entryMax'], before: ['100'], after: ['200'] }
  const askerName = `${askerId}@${reseller.slug}.example`
  await prisma.limitRaise.createMany({ data: [{ resellerId: reseller.id, id, raised, askerId, askerName }] })
  return id
}

interface Entered {
  customer?: { id: string }
  /** Minor units. */
  amount?: bigint
  at?: Date
}

/** A refill that waits for a second person, entered by a finance clerk whom nobody is in these tests. */
export async function makeWaiting(house: House, { customer, amount = 20_001n, at }: Entered = {}) {
  const { system, reseller } = house
  await system.database.prisma.role.update({
    where: { resellerId_id: { resellerId: reseller.id, id: 'finance' } },
    data: { approvalAbove: 20_000n },
  })
  const id = await makeStaff(house, 'finance')
  const email = `${id}@${reseller.slug}.example`
  const clerk: Actor = { ...system, kind: 'staff', id, name: email, roleId: 'finance', ...(at && { at }) }
  const refilled = customer ?? (await makeCustomer(house))
  const posted = await refill(clerk, refilled, {
    idempotencyKey: uuidv7(),
    amount,
    reason: 'courtesy',
    comment: 'much',
    note: '',
    reference: '',
    confirmDuplicate: false,
  })
  if (!posted.waits) throw new Error('It was booked instead.')
  return { ...posted, clerk, customer: refilled, email }
}

/** An invite through which somebody came. */
export async function makeUsedInvite(house: House): Promise<string> {
  const { id: inviteId } = await makeInviteRow(house, { kind: 'reusable', email: null, maxUses: 50, uses: 1 })
  const { resellerId, id } = await makeCustomer(house, { teamType: 'default' })
  await house.owner.prisma.customer.update({
    where: { resellerId_id: { resellerId, id } },
    data: { inviteId, registeredVia: 'invite' },
  })
  return inviteId
}

/** The paths of invites' links in every state there is; the last is one that was regenerated. */
export async function makeInviteLinks({ services }: Pick<RunningPurser, 'services'>, house: House) {
  const pathOf = (invite: Invite) => paths.join(inviteToken(services.keys, invite))
  const replaced = await makeInviteRow(house, { generation: 2 })
  return {
    open: pathOf(
      await makeInviteRow(house, {
        kind: 'reusable',
        email: null,
        maxUses: 50,
        tags: ['VIP'],
        credits: 500n,
      }),
    ),
    bound: pathOf(await makeInviteRow(house)),
    used: pathOf(await makeInviteRow(house, { uses: 1 })),
    expired: pathOf(await makeInviteRow(house, { expiresAt: new Date() })),
    revoked: pathOf(await makeInviteRow(house, { revokedAt: new Date() })),
    replaced: pathOf({ ...replaced, generation: 1 }),
  }
}

async function makeStaff({ system, reseller }: House, roleId: RoleId = 'support'): Promise<string> {
  const id = uuidv7()
  const email = `${id}@${reseller.slug}.example`
  const member = { id, resellerId: reseller.id, email, name: 'Another Person', roleId }
  await transaction(system, (db) => createStaff(db, [member]))
  return id
}

/** A mail with a verification link to a new customer. */
async function makeMail(house: House): Promise<string> {
  const { system, reseller } = house
  const { id: customerId, email } = await makeCustomer(house, { teamType: 'default' })
  const person = { customerId }
  const resellerId = reseller.id
  return transaction(system, async (db) => {
    const link = await makeLink(db, {
      resellerId,
      purpose: 'verify_email',
      delivery: 'mailed',
      person,
      email,
      minutes: LINK_MINUTES.verification,
    })
    const mail = {
      resellerId,
      to: email,
      template: verifyEmailMail,
      values: { linkId: link.id },
      person,
    } as const
    return (await queueMail(db, system.queue, mail)).id
  })
}

/** The token of an open link with which this person sets a password. */
export async function passwordToken(
  { services }: RunningPurser,
  house: House,
  { email, ...person }: { email: string } & ({ staffId: string } | { customerId: string }),
): Promise<string> {
  const resellerId = house.reseller.id
  const facts = { purpose: 'set_password', delivery: 'mailed', minutes: LINK_MINUTES.newCustomer } as const
  const link = await transaction(house.system, (db) => makeLink(db, { resellerId, person, email, ...facts }))
  return linkToken(services.keys, link)
}

/** The token of an open link to a new customer. */
async function makeToken({ services }: RunningPurser, house: House, purpose: LinkPurpose): Promise<string> {
  const customer = await makeCustomer(house, { teamType: 'default' })
  const link = await transaction(house.system, (db) =>
    makeLink(db, {
      resellerId: house.reseller.id,
      purpose,
      delivery: 'mailed',
      person: { customerId: customer.id },
      email: customer.email,
      minutes: LINK_MINUTES.newCustomer,
    }),
  )
  return linkToken(services.keys, link)
}

/** A fresh hand-over code to a new customer's console, that another browser asked for. */
const makeCode = async (house: House) => (await makeLoginAs(house, 'owner')).code

/** A login as a new customer that this role's member asked for in another browser and has not entered yet: support sees no other's. */
async function makeLoginAs(house: House, role: RoleId = 'support'): Promise<{ id: string; code: string }> {
  const { system, reseller, staff } = house
  const customer = await makeCustomer(house)
  const portalSession = await makeSession(house, staff[role])
  const code = `${reseller.id}.${randomBytes(32).toString('base64url')}`
  const id = uuidv7()
  await system.database.prisma.loginAs.create({
    data: {
      resellerId: reseller.id,
      id,
      customerId: customer.id,
      staffId: staff[role].id,
      mode: 'readonly',
      reason: 'Set up so',
      portalSession,
      codeHash: createHash('sha256').update(code).digest('hex'),
      codeExpiresAt: new Date(Date.now() + 60_000),
      expiresAt: new Date(Date.now() + 30 * 60_000),
    },
  })
  return { id, code }
}

/** Another browser in which this person, staff or customer, is logged in; gives the digest that names it. */
export async function makeSession({ system, reseller }: House, { id }: { id: string }): Promise<string> {
  const isStaff = isUuid(id)
  const digest = sessionDigest(sessionIdOf(reseller.id, newSessionSecret()))
  await system.database.prisma.session.create({
    data: {
      id: digest,
      resellerId: reseller.id,
      ...(isStaff ? { staffId: id } : { customerId: id }),
      expiresAt: new Date(Date.now() + 60 * 60_000),
    },
  })
  return digest
}

/** An authenticator app of this person, of which nobody has the secret; gives its id. */
export async function makeFactor({ system, reseller }: House, { id: of }: { id: string }): Promise<string> {
  const id = uuidv7()
  const owner = of.length === 10 ? { customerId: of } : { staffId: of }
  await system.database.prisma.factor.createMany({
    data: { resellerId: reseller.id, id, ...owner, kind: 'totp', name: 'Set up so', lastStep: 0n },
  })
  return id
}
