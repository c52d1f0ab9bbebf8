import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkToken, makeLink } from '../../src/people/one-time-link.ts'
import { PASSWORD, makeCustomer, makeMember, type Member } from '../support/cast.ts'
import { addApp, askedForCode, codeOf } from '../support/factors.ts'
import { Gate } from '../support/gate.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { askToEnter } from '../support/login-as.ts'
import { sendForgottenCustomerLinks, sendForgottenLink } from '../support/rounds.ts'
import { type Answer, type Visitor, errorAt, wordsOf } from '../support/visit.ts'

// What ends sessions and what begins them, at the very same moment, in both orders.

let purser: RunningPurser
let gate: Gate
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  gate = await Gate.before(['sessions', 'login_as', 'one_time_links'], purser.database)
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(async () => {
  await gate.remove()
  await purser.stop()
})

const prisma = () => purser.owner.prisma
const OTHER = 'zebra lamp river moon'

type Action = () => Promise<Answer>
/** Gets everything ready for an action, and gives the press of the button. */
type Plan<Person> = (person: Person) => Promise<Action>
type Customer = Awaited<ReturnType<typeof makeCustomer>>

/** An action was done; what it says instead, where it was not. */
const done = (answer: Answer) => expect(answer.status, wordsOf(answer).slice(0, 300)).toBe(303)

/** A page's form, ready to be sent. */
async function form(browser: Visitor, page: string, fields = {}, action?: string): Promise<Action> {
  const shown = await browser.get(page)
  return () => browser.submit(shown, fields, action ? { action } : {})
}

async function pathOfLink(person: { staffId: string } | { customerId: string }, email: string) {
  const facts = {
    resellerId: purser.northwind.reseller.id,
    purpose: 'set_password',
    delivery: 'copied',
  } as const
  const link = await makeLink(prisma(), { ...facts, person, email, minutes: 30 })
  return `/set-password/${linkToken(purser.services.keys, link)}`
}

const STAFF_ENDS: Record<string, Plan<Member>> = {
  'turned OFF': ({ id }) => form(owner, '/staff', { reason: 'x' }, `/staff/${id}/suspension`),
  'password changed': async (member) =>
    form(await purser.as(member), '/account/password', { current: PASSWORD, password: OTHER }),
  'password set by a link': async ({ id, email }) =>
    form(purser.visitor(), await pathOfLink({ staffId: id }, email), { password: OTHER }),
}

const CUSTOMER_ENDS: Record<string, Plan<Customer>> = {
  'turned OFF': ({ id }) => form(owner, `/customers/${id}/state`, { reason: 'test', message: '' }),
  'password reset': async ({ id }) => {
    const page = `/customers/${id}/password-reset`
    const shown = await owner.submit(await owner.get(page), {}, { action: '/candidate' })
    return () => owner.submit(shown, {}, { action: '/password-reset' })
  },
  'password changed': async (customer) =>
    form(await purser.asCustomer(customer), '/console/password', { current: PASSWORD, password: OTHER }),
  'password set by a link': async ({ id, email }) =>
    form(purser.visitor(), await pathOfLink({ customerId: id }, email), { password: OTHER }),
}

const staffRow = ({ id }: Member) => ({ text: 'select from staff where id = $1 for update', values: [id] })
const customerRow = ({ id }: Customer) => ({
  text: 'select from customers where id = $1 for update',
  values: [id],
})

/** Nobody is in with this browser, and no row says otherwise. */
async function expectOut(browser: Visitor, page: '/customers' | '/console') {
  const answer = await browser.get(page)
  expect([303, 403]).toContain(answer.status)
  if (answer.status === 303) expect(answer.location).toMatch(/\/login/)
}

describe.each(Object.keys(STAFF_ENDS))('a staff member who logs in while being %s', (end) => {
  const plan = STAFF_ENDS[end] as Plan<Member>
  // The other browser in which the password was changed is in.
  const left = end === 'password changed' ? 1 : 0
  const setUp = async () => {
    const member = await makeMember(purser.northwind, 'support')
    const browser = purser.visitor()
    const login = await form(browser, '/login', { email: member.email, password: PASSWORD })
    return { member, browser, login, ending: await plan(member) }
  }

  test('is out again where the login came first', async () => {
    const { member, browser, login, ending } = await setUp()
    const [entered, ended] = await gate.cross('sessions', { first: login, second: ending })
    done(entered)
    done(ended)
    await expectOut(browser, '/customers')
    expect(await prisma().session.count({ where: { staffId: member.id } })).toBe(left)
  })

  test('is not let in where the login came second', async () => {
    const { member, browser, login, ending } = await setUp()
    const [ended, entered] = await gate.queue(staffRow(member), { first: ending, second: login })
    done(ended)
    expect(entered.status).toBe(422)
    expect(wordsOf(entered)).toContain('Incorrect e-mail address or password.')
    expect(browser.cookies.has('purser-portal')).toBe(false)
    expect(await prisma().session.count({ where: { staffId: member.id } })).toBe(left)
    expect(await prisma().auditRow.count({ where: { actorId: member.id, event: 'staff.logged_in' } })).toBe(
      left,
    )
  })
})

const FACTOR_ENDS: Record<string, Plan<Member>> = {
  ...STAFF_ENDS,
  'relieved of all second factors': ({ id }) => form(owner, `/staff/${id}/factor-reset`, { reason: 'x' }),
}

describe.each(Object.keys(FACTOR_ENDS))('a staff member who logs in by a code while being %s', (end) => {
  const plan = FACTOR_ENDS[end] as Plan<Member>
  const left = end === 'password changed' ? 1 : 0
  const setUp = async () => {
    const member = await makeMember(purser.northwind, 'support')
    const ending = await plan(member)
    const { secret } = await addApp(purser, await purser.as(member))
    const browser = purser.visitor()
    const page = await askedForCode(browser, member)
    const login = () => browser.submit(page, { code: codeOf(secret) })
    return { member, browser, login, ending }
  }

  test('is out again where the login came first', async () => {
    const { member, browser, login, ending } = await setUp()
    const [entered, ended] = await gate.cross('sessions', { first: login, second: ending })
    done(entered)
    done(ended)
    await expectOut(browser, '/customers')
    expect(await prisma().session.count({ where: { staffId: member.id } })).toBe(left)
  })

  test('is not let in where the login came second', async () => {
    const { member, browser, login, ending } = await setUp()
    const [ended, entered] = await gate.queue(staffRow(member), { first: ending, second: login })
    done(ended)
    expect(entered.status).toBe(422)
    expect(browser.cookies.has('purser-portal')).toBe(false)
    expect(await prisma().session.count({ where: { staffId: member.id } })).toBe(left)
  })
})

describe.each(Object.keys(CUSTOMER_ENDS))('a customer who logs in while being %s', (end) => {
  const plan = CUSTOMER_ENDS[end] as Plan<Customer>
  const left = end === 'password changed' ? 1 : 0
  const alive = ({ id }: Customer) => prisma().session.count({ where: { customerId: id, endedAt: null } })
  const setUp = async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = purser.visitor()
    const fields = { email: customer.email, password: PASSWORD }
    const login = await form(browser, '/console/northwind/login', fields)
    return { customer, browser, login, ending: await plan(customer) }
  }

  test('is out again where the login came first', async () => {
    const { customer, browser, login, ending } = await setUp()
    const [entered, ended] = await gate.cross('sessions', { first: login, second: ending })
    done(entered)
    done(ended)
    await expectOut(browser, '/console')
    expect(await alive(customer)).toBe(left)
  })

  test('is not let in where the login came second', async () => {
    const { customer, browser, login, ending } = await setUp()
    const [ended, entered] = await gate.queue(customerRow(customer), { first: ending, second: login })
    done(ended)
    expect(entered.status).toBe(422)
    expect(wordsOf(entered)).toContain('Incorrect e-mail address or password.')
    expect(browser.cookies.has('purser-console')).toBe(false)
    expect(await alive(customer)).toBe(left)
  })
})

describe('a customer whose own address is being changed, with the password, while the account is', () => {
  test.each(Object.keys(CUSTOMER_ENDS))('%s, keeps it', async (end) => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const fields = { email: `moved-${customer.email}`, password: PASSWORD }
    const move = await form(
      await purser.asCustomer(customer),
      '/console/profile',
      fields,
      '/console/profile/email',
    )
    const ending = await (CUSTOMER_ENDS[end] as Plan<Customer>)(customer)
    const [ended, moved] = await gate.queue(customerRow(customer), { first: ending, second: move })
    done(ended)
    expect([moved.status, errorAt(moved, 'password')]).toEqual([422, 'This is not your current password.'])
    const { email } = await prisma().customer.findFirstOrThrow({ where: { id: customer.id } })
    expect(email).toBe(customer.email)
    // What ended the password told the address that there is; the address that was asked for hears nothing.
    expect(await prisma().mail.count({ where: { toEmail: fields.email } })).toBe(0)
    expect(await prisma().mail.count({ where: { customerId: customer.id, template: 'email-changed' } })).toBe(
      0,
    )
  })
})

describe('whoever changes their own password, and so begins a session anew, while', () => {
  test.each(['turned OFF', 'password reset', 'password set by a link'])(
    'a customer is %s, is out',
    async (end) => {
      const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
      const browser = await purser.asCustomer(customer)
      const fields = { current: PASSWORD, password: 'quiet green tractor 9' }
      const change = await form(browser, '/console/password', fields)
      const ending = await (CUSTOMER_ENDS[end] as Plan<Customer>)(customer)
      const [changed, ended] = await gate.cross('sessions', { first: change, second: ending })
      done(changed)
      // A link for a password that was chosen meanwhile has ended; whoever has the browser stays in.
      if (end === 'password set by a link') return expect(ended.status).toBe(410)
      done(ended)
      await expectOut(browser, '/console')
      expect(await prisma().session.count({ where: { customerId: customer.id, endedAt: null } })).toBe(0)
    },
  )

  test('a staff member is turned OFF, is out', async () => {
    const member = await makeMember(purser.northwind, 'support')
    const browser = await purser.as(member)
    const change = await form(browser, '/account/password', { current: PASSWORD, password: OTHER })
    const ending = await (STAFF_ENDS['turned OFF'] as Plan<Member>)(member)
    const [changed, ended] = await gate.cross('sessions', { first: change, second: ending })
    done(changed)
    done(ended)
    await expectOut(browser, '/customers')
    expect(await prisma().session.count({ where: { staffId: member.id } })).toBe(0)
  })
})

/** What ends a login as a customer, and the reason that is written down. */
const STAY_ENDS: Record<
  string,
  { by: string; plan: Plan<{ staff: Visitor; member: Member; customer: Customer }> }
> = {
  'the staff member logs out': {
    by: 'staff_logout',
    plan: ({ staff }) => form(staff, '/customers', {}, '/logout'),
  },
  'the staff member is turned OFF': {
    by: 'staff_off',
    plan: ({ member }) => form(owner, '/staff', { reason: 'x' }, `/staff/${member.id}/suspension`),
  },
  'the staff member gets another role': {
    by: 'permission_lost',
    plan: ({ member }) => form(owner, '/staff', { role: 'support' }, `/staff/${member.id}/role`),
  },
  'the staff member’s password is changed elsewhere': {
    by: 'password_changed',
    plan: async ({ member }) =>
      form(await purser.as(member), '/account/password', { current: PASSWORD, password: OTHER }),
  },
  'the customer is turned OFF': {
    by: 'customer_off',
    plan: ({ customer }) => form(owner, `/customers/${customer.id}/state`, { reason: 'test', message: '' }),
  },
}

describe.each(Object.keys(STAY_ENDS))('an Admin Login, when %s at the same moment,', (end) => {
  const { by, plan } = STAY_ENDS[end] as (typeof STAY_ENDS)[string]
  const setUp = async () => {
    const member = await makeMember(purser.northwind, 'admin')
    const customer = await makeCustomer(purser.northwind)
    const staff = await purser.as(member)
    return { member, customer, staff, ending: await plan({ staff, member, customer }) }
  }
  const expectEnded = async ({ staff, customer }: { staff: Visitor; customer: Customer }) => {
    // Before anybody asks.
    const loginAs = await prisma().loginAs.findMany({ where: { customerId: customer.id } })
    expect(loginAs.map(({ endedBy }) => endedBy)).toEqual([by])
    expect(await prisma().session.count({ where: { customerId: customer.id, endedAt: null } })).toBe(0)
    const noted = await prisma().auditRow.findMany({
      where: { customerId: customer.id, event: 'login_as.ended' },
    })
    expect(noted.map(({ details }) => details)).toEqual([expect.objectContaining({ by })])
    await expectOut(staff, '/console')
  }

  test('that is just asked for ends at once, and its code is dead', async () => {
    const { staff, customer, ending } = await setUp()
    const [asked, ended] = await gate.cross('login_as', {
      first: () => askToEnter(staff, customer, 'admin'),
      second: ending,
    })
    done(asked)
    done(ended)
    expect((await staff.follow(asked)).status).toBe(410)
    await expectEnded({ staff, customer })
  })

  test('that is just entered ends at once', async () => {
    const { staff, customer, ending } = await setUp()
    const asked = await askToEnter(staff, customer, 'admin')
    const [entered, ended] = await gate.cross('sessions', {
      first: () => staff.follow(asked),
      second: ending,
    })
    done(entered)
    done(ended)
    await expectEnded({ staff, customer })
  })

  test('cannot be asked for afterwards', async () => {
    const { staff, member, customer, ending } = await setUp()
    const page = await staff.get(`/customers/${customer.id}/login-as`)
    const ask = () => staff.submit(page, { mode: 'admin', reason: 'Ticket 4711' }, { action: '/login-as' })
    const portalSessions = {
      text: 'select from sessions where staff_id = $1 for update',
      values: [member.id],
    }
    const lock = {
      staff_logout: portalSessions,
      password_changed: portalSessions,
      staff_off: staffRow(member),
      permission_lost: staffRow(member),
      customer_off: customerRow(customer),
    }[by] as { text: string; values: unknown[] }
    const [ended, asked] = await gate.queue(lock, { first: ending, second: ask })
    done(ended)
    expect([403, 422]).toContain(asked.status)
    expect(await prisma().loginAs.count({ where: { customerId: customer.id } })).toBe(0)
  })
})

describe('two hand-over codes redeemed at once in one browser', () => {
  test('leave one login-as session: the other is replaced', async () => {
    const [one, two] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const staff = await purser.as(await makeMember(purser.northwind, 'admin'))
    const [askedOne, askedTwo] = [
      await askToEnter(staff, one, 'admin'),
      await askToEnter(staff, two, 'admin'),
    ]
    const answers = await gate.cross('sessions', {
      first: () => staff.follow(askedOne),
      second: () => staff.follow(askedTwo),
    })
    for (const answer of answers) done(answer)
    const ids = [one.id, two.id]
    const loginAs = await prisma().loginAs.findMany({
      where: { customerId: { in: ids } },
      orderBy: { id: 'asc' },
    })
    expect(loginAs.map(({ endedBy }) => endedBy)).toEqual(['replaced', null])
    const alive = await prisma().session.findMany({ where: { customerId: { in: ids }, endedAt: null } })
    expect(alive.map(({ customerId }) => customerId)).toEqual([two.id])
  })
})

describe('a link for a forgotten password that is made while its owner is turned OFF', () => {
  const openLinks = (whose: { customerId: string } | { staffId: string }) =>
    prisma().oneTimeLink.findMany({ where: { ...whose, usedAt: null, revokedAt: null } })

  test('is dead, for a customer', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const ending = await (CUSTOMER_ENDS['turned OFF'] as Plan<Customer>)(customer)
    const about = { email: customer.email, ip: null, resellerId: null }
    const mail = () => sendForgottenCustomerLinks(purser.services, about)
    const [, ended] = await gate.cross('one_time_links', { first: mail, second: ending })
    done(ended)
    expect(await openLinks({ customerId: customer.id })).toEqual([])
    const [link] = await prisma().oneTimeLink.findMany({ where: { customerId: customer.id } })
    if (!link) throw new Error('No link was made.')
    // Neither now nor when the customer is ON again.
    const path = `/set-password/${linkToken(purser.services.keys, link)}`
    expect((await purser.visitor().get(path)).status).toBe(410)
    done(await (await form(owner, `/customers/${customer.id}/state`))())
    expect((await purser.visitor().get(path)).status).toBe(410)
  })

  test('is dead, for a staff member', async () => {
    const member = await makeMember(purser.northwind, 'support')
    const ending = await (STAFF_ENDS['turned OFF'] as Plan<Member>)(member)
    const mail = () => sendForgottenLink(purser.services, { email: member.email, ip: null })
    const [, ended] = await gate.cross('one_time_links', { first: mail, second: ending })
    done(ended)
    expect(await openLinks({ staffId: member.id })).toEqual([])
    expect(await prisma().oneTimeLink.count({ where: { staffId: member.id } })).toBe(1)
  })

  test('is not made at all where OFF came first', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const member = await makeMember(purser.northwind, 'support')
    const about = { email: customer.email, ip: null, resellerId: null }
    const offCustomer = await (CUSTOMER_ENDS['turned OFF'] as Plan<Customer>)(customer)
    const offMember = await (STAFF_ENDS['turned OFF'] as Plan<Member>)(member)
    await gate.queue(customerRow(customer), {
      first: offCustomer,
      second: () => sendForgottenCustomerLinks(purser.services, about),
    })
    await gate.queue(staffRow(member), {
      first: offMember,
      second: () => sendForgottenLink(purser.services, { email: member.email, ip: null }),
    })
    expect(await prisma().oneTimeLink.count({ where: { customerId: customer.id } })).toBe(0)
    expect(await prisma().oneTimeLink.count({ where: { staffId: member.id } })).toBe(0)
  })

  test('sets nothing while OFF is under way', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const path = await pathOfLink({ customerId: customer.id }, customer.email)
    const use = await form(purser.visitor(), path, { password: OTHER })
    const ending = await (CUSTOMER_ENDS['turned OFF'] as Plan<Customer>)(customer)
    const [ended, used] = await gate.queue(customerRow(customer), { first: ending, second: use })
    done(ended)
    expect(used.status).toBe(410)
    const row = await prisma().customer.findFirstOrThrow({ where: { id: customer.id } })
    expect(row.passwordMark).not.toBeNull()
    expect(row.passwordMark).toBe(customer.passwordMark)
  })
})
