import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkToken } from '../../src/people/one-time-link.ts'
import { sendForgottenLink } from '../support/rounds.ts'
import { statementsOf } from '../support/statements.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())
beforeEach(() => prisma().throttle.deleteMany())

const prisma = () => purser.owner.prisma

async function jobs() {
  const { rows } = await purser.services.database.pool.query<{ data: { email: string; ip: string } }>(
    `select data from pgboss.job where name = 'forgotten-password' order by created_on`,
  )
  return rows.map(({ data }) => data)
}

describe('forgotten password', () => {
  test('says the same and does the same whether anybody has the address or not', async () => {
    const { owner, finance } = purser.northwind.staff
    await prisma().staff.updateMany({ where: { id: finance.id }, data: { state: 'OFF' } })
    const said = []
    const statements = []
    for (const email of [owner.email, finance.email, 'nobody@northwind.example']) {
      const browser = purser.visitor()
      const form = await browser.get('/forgotten-password')
      let answer = form
      statements.push(await statementsOf(async () => (answer = await browser.submit(form, { email }))))
      expect(answer.status).toBe(303)
      expect(answer.location).toBe('/login')
      said.push(wordsOf(await browser.follow(answer)).replace(email, '…'))
    }
    expect(new Set(said).size).toBe(1)
    // The first one also looked the queue up, which is remembered.
    expect(statements[1]).toBe(statements[2])
    expect(said[0]).toContain('If … is registered here, a link is on its way.')
    expect((await jobs()).map(({ email }) => email)).toEqual([
      owner.email,
      finance.email,
      'nobody@northwind.example',
    ])
    expect((await jobs())[0]?.ip).toBe('127.0.0.1')
    // The request itself has looked nobody up.
    expect(await prisma().oneTimeLink.count()).toBe(0)
  })

  test('the job mails a link of 30 minutes that sets the password, and leaves an audit row', async () => {
    const { admin } = purser.northwind.staff
    await sendForgottenLink(purser.services, { email: admin.email, ip: '192.0.2.1' })
    const link = await prisma().oneTimeLink.findFirstOrThrow({ where: { staffId: admin.id } })
    expect(link).toMatchObject({ purpose: 'set_password', delivery: 'mailed', email: admin.email })
    expect((link.expiresAt.getTime() - link.createdAt.getTime()) / 60_000).toBeCloseTo(30, 0)
    const mail = await prisma().mail.findFirstOrThrow({ where: { staffId: admin.id } })
    expect(mail).toMatchObject({
      toEmail: admin.email,
      customerId: null,
      template: 'set-password',
      values: { linkId: link.id, why: 'forgotten' },
    })
    expect(JSON.stringify(mail)).not.toContain(linkToken(purser.services.keys, link))
    const row = await prisma().auditRow.findFirstOrThrow({
      where: { event: 'staff.password_link_requested' },
    })
    expect(row).toMatchObject({
      actorKind: 'visitor',
      ip: '192.0.2.1',
      resellerId: purser.northwind.reseller.id,
      details: { email: admin.email },
    })

    const browser = purser.visitor()
    const form = await browser.get(`/set-password/${linkToken(purser.services.keys, link)}`)
    expect((await browser.submit(form, { password: 'zebra lamp river moon' })).status).toBe(303)
    await browser.submit(await browser.get('/login'), {
      email: admin.email,
      password: 'zebra lamp river moon',
    })
    expect((await browser.get('/customers')).status).toBe(200)
  })

  test('the job does nothing for an address that nobody has, or somebody who is OFF', async () => {
    const before = await prisma().mail.count()
    await sendForgottenLink(purser.services, { email: 'nobody@northwind.example', ip: null })
    await sendForgottenLink(purser.services, { email: purser.northwind.staff.finance.email, ip: null })
    expect(await prisma().mail.count()).toBe(before)
  })

  test('asking again leaves the link that was just received alive', async () => {
    const { support } = purser.northwind.staff
    await sendForgottenLink(purser.services, { email: support.email, ip: null })
    await sendForgottenLink(purser.services, { email: support.email, ip: null })
    const links = await prisma().oneTimeLink.findMany({ where: { staffId: support.id } })
    expect(links).toHaveLength(2)
    for (const link of links) {
      expect(
        (await purser.visitor().get(`/set-password/${linkToken(purser.services.keys, link)}`)).status,
      ).toBe(200)
    }
  })

  test.each(['auditor@northwind.example', 'nobody@elsewhere.example'])(
    'is throttled for one address: %s',
    async (email) => {
      const browser = purser.visitor()
      const form = await browser.get('/forgotten-password')
      for (let time = 0; time < 5; time++) expect((await browser.submit(form, { email })).status).toBe(303)
      const before = (await jobs()).length
      const answer = await browser.submit(form, { email })
      expect(answer.status).toBe(429)
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(1700)
      expect(wordsOf(answer)).toContain('Several links were already requested.')
      expect(await jobs()).toHaveLength(before)
    },
  )

  test('is throttled for one network', async () => {
    const browser = purser.visitor()
    const form = await browser.get('/forgotten-password')
    const statuses = []
    for (let time = 0; time < 31; time++)
      statuses.push((await browser.submit(form, { email: `a${time}@b.example` })).status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(30)
    expect(statuses.at(-1)).toBe(429)
  })

  test('an address that is none gets a sentence at the field and keeps what was typed', async () => {
    const browser = purser.visitor()
    const answer = await browser.submit(await browser.get('/forgotten-password'), { email: 'not an address' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'email')).toMatch(/Enter an e-mail address/)
    expect(answer.text).toContain('value="not an address"')
  })
})
