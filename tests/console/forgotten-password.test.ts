import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkToken } from '../../src/people/one-time-link.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { sendForgottenCustomerLinks } from '../support/rounds.ts'
import { eventRows, linkRows, mailRows } from '../support/rows.ts'
import { enter } from '../support/login-as.ts'
import { flashOf, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())
beforeEach(() => prisma().throttle.deleteMany())

const prisma = () => purser.owner.prisma
const NEW = 'zebra lamp river moon'

async function jobs() {
  const { rows } = await purser.services.database.pool.query<{ data: unknown }>(
    `select data from pgboss.job where name = 'forgotten-customer-password' order by created_on`,
  )
  return rows.map(({ data }) => data)
}

describe('a customer’s forgotten password', () => {
  test('says the same and does the same whether anybody has the address or not', async () => {
    const on = await makeCustomer(purser.northwind, { password: PASSWORD })
    const off = await makeCustomer(purser.northwind, { password: PASSWORD, state: 'OFF' })
    const said = []
    for (const email of [on.email, off.email, 'nobody@customer.example']) {
      const browser = purser.visitor()
      const answer = await browser.submit(await browser.get('/console/forgotten-password'), { email })
      expect([answer.status, answer.location]).toEqual([303, '/console/login'])
      said.push(wordsOf(await browser.follow(answer)).replace(email, '…'))
    }
    expect(new Set(said).size).toBe(1)
    expect(said[0]).toContain('If … is registered here, a link is on its way.')
    const told = {
      ip: '127.0.0.1',
      resellerId: null,
      requestId: expect.any(String) as string,
      userAgent: 'node',
    }
    expect(await jobs()).toEqual([
      { email: on.email, ...told },
      { email: off.email, ...told },
      { email: 'nobody@customer.example', ...told },
    ])
    expect(await prisma().oneTimeLink.count()).toBe(0)
  })

  test('asked at a reseller’s door it is about its account, in its name', async () => {
    const browser = purser.visitor()
    const login = await browser.get('/console/eastgate/login')
    const address = login.html.querySelector('main a')?.getAttribute('href') ?? ''
    const form = await browser.get(address)
    expect(form.text).toContain('Eastgate')
    const answer = await browser.submit(form, { email: 'a@customer.example' })
    expect(answer.location).toBe('/console/eastgate/login')
    expect((await jobs()).at(-1)).toMatchObject({ resellerId: purser.eastgate.reseller.id })
    expect((await browser.get('/console/forgotten-password?reseller=nobody')).status).toBe(200)
  })

  test('the job mails each account that is ON a link of 30 minutes; who is OFF gets nothing', async () => {
    const north = await makeCustomer(purser.northwind, { password: PASSWORD })
    const east = await makeCustomer(purser.eastgate, { email: north.email })
    const off = await makeCustomer(purser.northwind, { state: 'OFF' })
    await sendForgottenCustomerLinks(purser.services, {
      email: north.email,
      ip: '192.0.2.1',
      resellerId: null,
    })
    await sendForgottenCustomerLinks(purser.services, { email: off.email, ip: null, resellerId: null })
    await sendForgottenCustomerLinks(purser.services, {
      email: 'nobody@customer.example',
      ip: null,
      resellerId: null,
    })
    for (const [house, customer] of [
      [purser.northwind, north],
      [purser.eastgate, east],
    ] as const) {
      const [link] = await linkRows(house, customer)
      expect(link).toMatchObject({ purpose: 'set_password', delivery: 'mailed', email: north.email })
      const minutes = (Number(link?.expiresAt) - Number(link?.createdAt)) / 60_000
      expect(minutes).toBeCloseTo(30, 0)
      expect(await mailRows(house, customer)).toMatchObject([
        { template: 'set-password', toEmail: north.email, values: { linkId: link?.id, why: 'forgotten' } },
      ])
      expect(await eventRows(house, customer, 'customer.password_link_requested')).toMatchObject([
        { actorKind: 'visitor', ip: '192.0.2.1', details: { email: north.email } },
      ])
    }
    expect(await mailRows(purser.northwind, off)).toEqual([])
    expect(await linkRows(purser.northwind, off)).toEqual([])
  })

  test('the job keeps to the reseller that was asked', async () => {
    const north = await makeCustomer(purser.northwind)
    const east = await makeCustomer(purser.eastgate, { email: north.email })
    const resellerId = east.resellerId
    await sendForgottenCustomerLinks(purser.services, { email: north.email, ip: null, resellerId })
    expect(await mailRows(purser.northwind, north)).toEqual([])
    expect(await mailRows(purser.eastgate, east)).toHaveLength(1)
  })

  test('its link sets the password, ends what is open, and leads to the reseller’s login', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const open = await purser.asCustomer(customer)
    await sendForgottenCustomerLinks(purser.services, { email: customer.email, ip: null, resellerId: null })
    const [link] = await linkRows(purser.northwind, customer)
    if (!link) throw new Error('There is no link.')
    const browser = purser.visitor()
    const form = await browser.get(`/set-password/${linkToken(purser.services.keys, link)}`)
    const answer = await browser.submit(form, { password: NEW })
    expect([answer.status, answer.location]).toEqual([303, '/console/northwind/login'])
    const login = await browser.follow(answer)
    expect(flashOf(login)).toBe('Your password is set. You can now log in.')
    expect((await open.get('/console')).status).toBe(303)
    const entered = await browser.submit(login, { email: customer.email, password: NEW })
    expect(entered.location).toBe('/console')

    const dead = await browser.get(`/set-password/${linkToken(purser.services.keys, link)}`)
    expect(dead.status).toBe(410)
    const links = dead.html.querySelectorAll('main .form-actions a').map((a) => a.getAttribute('href'))
    expect(links).toEqual(['/console/northwind/login', '/console/forgotten-password?reseller=northwind'])
  })

  test('is none of the business of whoever stands in: led back in, and nobody is mailed', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const before = await jobs()
    for (const mode of ['readonly', 'admin'] as const) {
      const staff = await purser.as(purser.northwind.staff.admin)
      await enter(staff, customer, mode)
      const page = await staff.get('/console/forgotten-password')
      expect([page.status, page.location]).toEqual([303, '/console'])
      const csrf = await tokenOf(staff, 'console')
      const sent = await staff.post('/console/forgotten-password', { email: customer.email, csrf })
      expect([sent.status, sent.location]).toEqual(mode === 'admin' ? [303, '/console'] : [403, null])
    }
    expect(await jobs()).toEqual(before)
  })
})
