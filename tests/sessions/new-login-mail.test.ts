import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkToken, makeLink } from '../../src/people/one-time-link.ts'
import { type Member, PASSWORD, makeMember } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { mailNewLogins } from '../support/rounds.ts'
import { statementsOf } from '../support/statements.ts'
import type { Visitor } from '../support/visit.ts'

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

async function logIn(browser: Visitor, { email }: Pick<Member, 'email'>, password = PASSWORD) {
  const form = await browser.get('/login')
  return browser.submit(form, { email, password }, { headers: { 'User-Agent': FIREFOX } })
}

async function logOut(browser: Visitor) {
  await browser.submit(await browser.get('/account'), {}, { action: '/logout' })
}

const mailsTo = ({ id }: Pick<Member, 'id'>) =>
  prisma().mail.findMany({ where: { staffId: id }, orderBy: { createdAt: 'asc' } })

describe('a login in a browser that was never in the account', () => {
  test('is told by mail, with time, browser and address; one more in the same browser is not', async () => {
    const member = await makeMember(purser.northwind, 'support')
    const browser = purser.visitor()
    expect((await logIn(browser, member)).status).toBe(303)
    await mailNewLogins(purser.services)
    expect(await mailsTo(member)).toMatchObject([
      {
        toEmail: member.email,
        template: 'new-logins',
        values: { logins: [{ ip: '127.0.0.1', userAgent: FIREFOX }], others: 0 },
      },
    ])
    await logOut(browser)
    expect((await logIn(browser, member)).status).toBe(303)
    await mailNewLogins(purser.services)
    expect(await mailsTo(member)).toHaveLength(1)
    expect(await prisma().loginNotice.count()).toBe(0)
  })

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

  test('costs no statement more than one in a known browser', async () => {
    const member = await makeMember(purser.northwind, 'support')
    const browser = purser.visitor()
    const cost = async () => {
      const form = await browser.get('/login')
      return statementsOf(() => browser.submit(form, { email: member.email, password: PASSWORD }))
    }
    const first = await cost()
    await logOut(browser)
    expect([first, await cost()]).toEqual([5, 5])
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
