import type { Customer } from '../../src/generated/prisma/client.ts'
import { by, done } from './caller.ts'
import { TurnOffCustomer } from '../../src/customers/turn-off.ts'
import { transaction } from '../../src/database/client.ts'
import { endLoginAsSessions } from '../../src/login-as/end.ts'
import { PASSWORD, makeCustomer } from './cast.ts'
import { isForCustomers } from './doors.ts'
import { join } from './invites.ts'
import type { RunningPurser } from './purser.ts'
import { listRoutes } from './routes.ts'
import { makeInviteLinks } from './scene.ts'
import { enter } from './login-as.ts'
import type { Visitor } from './visit.ts'

/** Somebody, and what there is to see as them. */
export interface View {
  who: string
  browser: Visitor
  addresses: readonly string[]
  /** Whether the console's forms are worth sending as them. */
  sends?: boolean
}

/**
 * The console and the ways into it in every state that looks different: by the customer's kind, under both logins as a customer, and
 * what is shown to those who are kept out. A new page of the console is looked at by all who may.
 */
export async function consoleViews(purser: RunningPurser): Promise<View[]> {
  const { northwind } = purser
  const rooms = listRoutes(purser.services)
    .filter((route) => route.method === 'GET' && isForCustomers(route) && !/\.(csv|pdf)$/.test(route.path))
    .map(({ path }) => path)
  const customer = (who: string, browser: Visitor, sends = false): View => ({
    who,
    browser,
    addresses: rooms,
    sends,
  })
  const known = await manyKinds(purser)
  const log = (one: Customer) => purser.asCustomer(one)
  const standIn = async (one: Customer, mode: 'readonly' | 'admin') => {
    const staff = await purser.as(northwind.staff.admin)
    await enter(staff, one, mode)
    return staff
  }
  return [
    customer('an enterprise', await log(known.enterprise), true),
    customer('an individual', await log(known.individual)),
    customer('somebody who has not completed the registration', await log(known.fresh), true),
    customer('a colleague whose team somebody else looks after', await log(known.colleague)),
    customer('ReadOnly Login to an enterprise', await standIn(known.enterprise, 'readonly'), true),
    customer('ReadOnly Login to somebody new', await standIn(known.fresh, 'readonly')),
    customer('ReadOnly Login to somebody who is OFF', await standIn(known.off, 'readonly')),
    customer('Admin Login to an enterprise', await standIn(known.enterprise, 'admin'), true),
    customer('Admin Login to an individual', await standIn(known.individual, 'admin')),
    ...(await keptOut(purser)),
    { who: 'a visitor', browser: purser.visitor(), addresses: await waysIn(purser), sends: true },
    {
      who: 'a customer of two resellers',
      browser: await asked(purser),
      addresses: ['/console/login/choice'],
    },
  ]
}

/** Customers of every kind, all with the usual password. The enterprise has been visited before, and is logged in elsewhere too. */
async function manyKinds(purser: RunningPurser) {
  const { northwind } = purser
  const password = PASSWORD
  const rich = { teamType: 'enterprise', balance: 123_450n, credits: 5_000n, name: 'Ada Known' } as const
  const enterprise = await makeCustomer(northwind, { ...rich, password })
  const individual = await makeCustomer(northwind, { password })
  const fresh = await makeCustomer(northwind, { password, teamType: 'default' })
  const off = await makeCustomer(northwind, { state: 'OFF', balance: 100n })
  const colleague = await makeCustomer(northwind, { password })
  await northwind.owner.prisma.customer.update({
    where: { resellerId_id: { resellerId: colleague.resellerId, id: colleague.id } },
    data: { teamId: enterprise.teamId },
  })
  for (const mode of ['readonly', 'admin'] as const) {
    const staff = await purser.as(northwind.staff.admin)
    const page = await enter(staff, enterprise, mode)
    await staff.submit(page, {}, { action: '/login-as/end' })
  }
  await purser.asCustomer(enterprise)
  return { enterprise, individual, fresh, off, colleague }
}

/** Who may see one page only: why they are out, or where the temporary password is changed. */
async function keptOut(purser: RunningPurser): Promise<View[]> {
  const { northwind } = purser
  const { prisma } = northwind.owner
  const off = await makeCustomer(northwind, { password: PASSWORD })
  const turnedOff = await purser.asCustomer(off)
  await done(TurnOffCustomer, by(northwind.system), off, { reason: 'Unpaid', message: 'Call us on Monday.' })
  const held = await makeCustomer(northwind, { password: PASSWORD })
  const withTemporary = await purser.asCustomer(held)
  await prisma.customer.update({
    where: { resellerId_id: { resellerId: held.resellerId, id: held.id } },
    data: { mustChangePassword: true },
  })
  const left = await purser.as(northwind.staff.support)
  await enter(left, held, 'readonly')
  await transaction(northwind.system, (db) => endLoginAsSessions(db, { customerId: held.id }, 'time_up'))
  return [
    { who: 'somebody turned OFF', browser: turnedOff, addresses: ['/console'] },
    { who: 'somebody with a temporary password', browser: withTemporary, addresses: ['/console/password'] },
    { who: 'a login as a customer that is over', browser: left, addresses: ['/console'] },
  ]
}

/** The ways in, good and dead. */
async function waysIn(purser: RunningPurser): Promise<string[]> {
  const links = await makeInviteLinks(purser, purser.northwind)
  const registered = await join(purser.visitor(), links.open)
  return [
    '/console/login',
    '/console/northwind/login',
    '/console/nowhere/login',
    '/console/forgotten-password',
    '/console/enter/a-code-that-is-dead',
    ...Object.values(links),
    registered.location ?? '',
    '/join/no-such-token',
    '/set-password/no-such-token',
    '/verify/no-such-token',
  ]
}

/** A browser in which a password has fitted at two resellers. */
async function asked(purser: RunningPurser): Promise<Visitor> {
  const both = { email: 'both@customer.example', password: PASSWORD }
  await makeCustomer(purser.northwind, both)
  await makeCustomer(purser.eastgate, both)
  const browser = purser.visitor()
  const answer = await browser.submit(await browser.get('/console/login'), both)
  if (!answer.location?.startsWith('/console/login/choice')) throw new Error('Nobody was asked.')
  return browser
}
