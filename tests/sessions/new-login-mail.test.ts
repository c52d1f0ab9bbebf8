import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { writeLetter } from '../../src/mails/letter.ts'
import { linkToken, makeLink } from '../../src/people/one-time-link.ts'
import { type Member, PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { enter } from '../support/login-as.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { mailNewLogins } from '../support/rounds.ts'
import { statementsOf } from '../support/statements.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
beforeEach(async () => {
  await mailNewLogins(purser.services)
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** So many statements a login costs; at a reseller’s own login page also those that look it up. */
const STATEMENTS = { staff: 5, customer: 7 }

/** What differs for the two who log in. */
const SITES = {
  staff: {
    login: '/login',
    logout: ['/account', '/logout'],
    someone: () => makeMember(purser.northwind, 'support'),
    says: 'logged in to the portal of Northwind',
    link: '/account',
  },
  customer: {
    login: '/console/northwind/login',
    logout: ['/console', '/console/logout'],
    someone: () => makeCustomer(purser.northwind, { password: PASSWORD }),
    says: 'logged in to your account at Northwind',
    link: '/console/security',
  },
} as const

async function logIn(
  browser: Visitor,
  { email }: Pick<Member, 'email'>,
  password = PASSWORD,
  at: string = SITES.staff.login,
) {
  const form = await browser.get(at)
  return browser.submit(form, { email, password }, { headers: { 'User-Agent': FIREFOX } })
}

async function logOut(browser: Visitor, [from, action]: readonly [string, string] = SITES.staff.logout) {
  await browser.submit(await browser.get(from), {}, { action })
}

const mailsTo = ({ id }: Pick<Member, 'id'>) =>
  prisma().mail.findMany({
    where: id.length > 10 ? { staffId: id } : { customerId: id },
    orderBy: { createdAt: 'asc' },
  })

describe.each(Object.keys(SITES) as (keyof typeof SITES)[])('a login of %s in a new browser', (kind) => {
  const { login, logout, someone, says, link } = SITES[kind]

  test('is told by mail, with time, browser and address; one more in the same browser is not', async () => {
    const person = await someone()
    const browser = purser.visitor()
    expect((await logIn(browser, person, PASSWORD, login)).status).toBe(303)
    await mailNewLogins(purser.services)
    const [mail, ...more] = await mailsTo(person)
    expect([mail, more]).toMatchObject([
      {
        toEmail: person.email,
        template: 'new-logins',
        values: { logins: [{ ip: '127.0.0.1', userAgent: FIREFOX }], others: 0 },
      },
      [],
    ])
    const { text, address } = await writeLetter(purser.services, mail!)
    expect(text).toContain(says)
    expect(text).toMatch(/Firefox.*, on .*, from 127\.0\.0\.1/)
    expect(new URL(address!).pathname).toBe(link)
    await logOut(browser, logout)
    expect((await logIn(browser, person, PASSWORD, login)).status).toBe(303)
    await mailNewLogins(purser.services)
    expect(await mailsTo(person)).toHaveLength(1)
    expect(await prisma().loginNotice.count()).toBe(0)
  })

  test('costs no statement more than one in a known browser', async () => {
    const person = await someone()
    const browser = purser.visitor()
    const cost = async () => {
      const form = await browser.get(login)
      return statementsOf(() => browser.submit(form, { email: person.email, password: PASSWORD }))
    }
    const first = await cost()
    await logOut(browser, logout)
    expect([first, await cost()]).toEqual([STATEMENTS[kind], STATEMENTS[kind]])
  })
})

describe('a login of a customer in a new browser', () => {
  const { someone, login } = SITES.customer

  test('is told at the address that was verified before a reset, too, where staff have changed it', async () => {
    const customer = await someone()
    await prisma().customer.updateMany({
      where: { id: customer.id },
      data: {
        resetBy: 'Sam',
        resetAt: new Date(),
        resetProofEmail: 'before@customer.example',
      },
    })
    await logIn(purser.visitor(), customer, PASSWORD, login)
    await mailNewLogins(purser.services)
    const to = (await mailsTo(customer)).map(({ toEmail }) => toEmail)
    expect(to).toEqual([customer.email, 'before@customer.example'])
  })

  test('is listed in the portal; staff who log in as the customer make none', async () => {
    const customer = await someone()
    await logIn(purser.visitor(), customer, PASSWORD, login)
    await mailNewLogins(purser.services)
    const staff = await purser.as(purser.northwind.staff.admin)
    expect(wordsOf(await staff.get(`/mails?customer=${customer.id}`))).toContain('Login in a new browser')
    expect((await enter(staff, customer, 'readonly')).status).toBe(200)
    expect(await prisma().loginNotice.count({ where: { customerId: customer.id } })).toBe(0)
  })
})

describe('a login in a browser that was never in the account', () => {
  test('a mark of somebody else’s account makes no browser known', async () => {
    const [one, other] = [
      await makeMember(purser.northwind, 'support'),
      await makeMember(purser.northwind, 'admin'),
    ]
    const browser = purser.visitor()
    await logIn(browser, one)
    await logOut(browser)
    await logIn(browser, other)
    await mailNewLogins(purser.services)
    expect(await mailsTo(one)).toHaveLength(1)
    expect(await mailsTo(other)).toHaveLength(1)
  })

  test('many in a row are one mail, which lists ten and counts the others, by however many processes', async () => {
    const member = await makeMember(purser.northwind, 'support')
    for (let time = 0; time < 12; time++) expect((await logIn(purser.visitor(), member)).status).toBe(303)
    await Promise.all([mailNewLogins(purser.services), mailNewLogins(purser.services)])
    await mailNewLogins(purser.services)
    const [mail, ...more] = await mailsTo(member)
    expect(more).toEqual([])
    expect(mail?.values).toMatchObject({ others: 2 })
  })

  test('a wrong password tells nobody', async () => {
    const member = await makeMember(purser.northwind, 'support')
    expect((await logIn(purser.visitor(), member, 'not the password at all')).status).toBe(422)
    await mailNewLogins(purser.services)
    expect(await mailsTo(member)).toEqual([])
  })
})

describe('a changed password', () => {
  test('is told to staff by mail, a first one is not', async () => {
    const member = await makeMember(purser.northwind, 'support')
    const browser = await purser.as(member)
    const password = 'zebra lamp river moon'
    const fields = { current: PASSWORD, password }
    expect((await browser.submit(await browser.get('/account/password'), fields)).status).toBe(303)
    const changed = (await mailsTo(member)).filter(({ template }) => template === 'staff-password-changed')
    expect(changed).toMatchObject([{ toEmail: member.email, values: {} }])
  })

  test('so is one that was set with a link, unless it is the first', async () => {
    const told = []
    for (const isFirst of [true, false]) {
      const member = await makeMember(purser.northwind, 'support')
      if (isFirst) await prisma().staff.updateMany({ where: { id: member.id }, data: { passwordHash: null } })
      const link = await makeLink(prisma(), {
        resellerId: purser.northwind.reseller.id,
        purpose: 'set_password',
        delivery: 'mailed',
        person: { staffId: member.id },
        email: member.email,
        minutes: 30,
      })
      const browser = purser.visitor()
      const form = await browser.get(`/set-password/${linkToken(purser.services.keys, link)}`)
      expect((await browser.submit(form, { password: 'zebra lamp river moon' })).status).toBe(303)
      told.push((await mailsTo(member)).map(({ template }) => template))
    }
    expect(told).toEqual([[], ['staff-password-changed']])
  })
})
