import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OneTimeLink } from '../../src/generated/prisma/client.ts'
import { linkToken, type MadeLink, makeLink } from '../../src/people/one-time-link.ts'
import { passwordFits } from '../../src/people/password-hash.ts'
import { makeCustomer, type Member, PASSWORD } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())
beforeEach(async () => {
  await prisma().oneTimeLink.deleteMany()
})

const NEW = 'zebra lamp river moon'
const prisma = () => purser.owner.prisma
const pathOf = (link: MadeLink) => `/set-password/${linkToken(purser.services.keys, link)}`

const whose = ({ resellerId, id }: { resellerId: string; id: string }) => ({
  resellerId_id: { resellerId, id },
})

async function rowOf(wanted: Parameters<typeof makeLink>[1]): Promise<OneTimeLink> {
  const { resellerId, id } = await makeLink(prisma(), wanted)
  return prisma().oneTimeLink.findUniqueOrThrow({ where: whose({ resellerId, id }) })
}

const staffLink = ({ id, email }: Member, minutes = 30) =>
  rowOf({
    resellerId: purser.northwind.reseller.id,
    purpose: 'set_password',
    delivery: 'mailed',
    person: { staffId: id },
    email,
    minutes,
  })

const customerLink = (
  { id, email }: { id: string; email: string },
  delivery: 'mailed' | 'copied' = 'mailed',
) =>
  rowOf({
    resellerId: purser.northwind.reseller.id,
    purpose: 'set_password',
    delivery,
    person: { customerId: id },
    email,
    minutes: 30,
  })

async function logIn({ email }: Member, password: string) {
  const browser = purser.visitor()
  return (await browser.submit(await browser.get('/login'), { email, password })).status
}

describe('a staff member’s link', () => {
  test('sets the password, once, and ends sessions and other links', async () => {
    const { finance } = purser.northwind.staff
    const session = await purser.as(finance)
    const [link, other] = [await staffLink(finance), await staffLink(finance)]
    const browser = purser.visitor()
    const form = await browser.get(pathOf(link))
    expect(form.status).toBe(200)
    expect(wordsOf(form)).toContain(finance.email)
    expect(form.headers.get('Cache-Control')).toBe('no-store')
    // Looking uses nothing up, however often.
    await browser.get(pathOf(link))
    const answer = await browser.submit(form, { password: NEW })
    expect(answer.status).toBe(303)
    expect(answer.location).toBe('/login')
    expect(wordsOf(await browser.follow(answer))).toContain('Your password is set. You can now log in.')

    expect(await logIn(finance, NEW)).toBe(303)
    expect(await logIn(finance, PASSWORD)).toBe(422)
    expect((await session.get('/customers')).location).toMatch(/^\/login/)
    expect((await browser.get(pathOf(other))).status).toBe(410)
    const rows = await prisma().auditRow.findMany({ where: { event: 'staff.password_set' } })
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      actorKind: 'staff',
      actorId: finance.id,
      ip: '127.0.0.1',
      details: { email: finance.email },
    })
    expect(JSON.stringify(await prisma().auditRow.findMany())).not.toContain(
      linkToken(purser.services.keys, link),
    )
  })

  test('makes this browser a known one, so that failures elsewhere cannot keep the person out', async () => {
    const { auditor } = purser.northwind.staff
    const browser = purser.visitor()
    await browser.submit(await browser.get(pathOf(await staffLink(auditor))), { password: NEW })
    expect(browser.cookies.has('purser-device')).toBe(true)
    const stranger = purser.visitor()
    const form = await stranger.get('/login')
    for (let time = 0; time < 11; time++)
      await stranger.submit(form, { email: auditor.email, password: 'wrong' })
    expect(await logIn(auditor, NEW)).toBe(429)
    const answer = await browser.submit(await browser.get('/login'), { email: auditor.email, password: NEW })
    expect(answer.status).toBe(303)
    await prisma().throttle.deleteMany()
  })

  test('a password that will not do keeps it alive', async () => {
    const { admin } = purser.northwind.staff
    const link = await staffLink(admin)
    const browser = purser.visitor()
    const form = await browser.get(pathOf(link))
    const short = await browser.submit(form, { password: 'too short' })
    expect(short.status).toBe(422)
    expect(errorAt(short, 'password')).toMatch(/at least 15/)
    const own = await browser.submit(short, { password: admin.email })
    expect(errorAt(own, 'password')).toMatch(/name or address/)
    expect((await browser.submit(own, { password: NEW })).status).toBe(303)
  })

  test('of somebody who is OFF is dead', async () => {
    const { admin } = purser.eastgate.staff
    const link = await makeLink(prisma(), {
      resellerId: purser.eastgate.reseller.id,
      purpose: 'set_password',
      delivery: 'mailed',
      person: { staffId: admin.id },
      email: admin.email,
      minutes: 30,
    })
    const browser = purser.visitor()
    const form = await browser.get(pathOf(link))
    await prisma().staff.updateMany({ where: { id: admin.id }, data: { state: 'OFF' } })
    expect((await browser.get(pathOf(link))).status).toBe(410)
    expect((await browser.submit(form, { password: NEW })).status).toBe(410)
    const { passwordHash } = await prisma().staff.findFirstOrThrow({
      where: { id: admin.id },
      select: { passwordHash: true },
    })
    expect(await passwordFits(passwordHash, PASSWORD)).toBe(true)
  })

  test('that was used, has expired, was revoked or never was each says what to do next', async () => {
    const { owner } = purser.northwind.staff
    const used = await staffLink(owner)
    const browser = purser.visitor()
    await browser.submit(await browser.get(pathOf(used)), { password: NEW })
    const expired = await staffLink(owner)
    await prisma().oneTimeLink.updateMany({ where: { id: expired.id }, data: { expiresAt: new Date() } })
    const revoked = await staffLink(owner)
    await prisma().oneTimeLink.updateMany({ where: { id: revoked.id }, data: { revokedAt: new Date() } })
    const verification = await prisma().oneTimeLink.create({
      data: {
        ...(await staffLink(owner)),
        id: '01989898-0000-7000-8000-000000000001',
        purpose: 'verify_email',
      },
    })
    const good = pathOf(await staffLink(owner))
    const pages: [string, number, RegExp][] = [
      [pathOf(used), 410, /This link has already been used to set a password/],
      [pathOf(expired), 410, /This link has expired/],
      [pathOf(revoked), 410, /This link was revoked or replaced by a newer one/],
      ['/set-password/nonsense', 404, /This link is not valid/],
      [
        `${good.slice(0, -9)}${good.at(-9) === 'A' ? 'B' : 'A'}${good.slice(-8)}`,
        404,
        /This link is not valid/,
      ],
      // A link for another purpose, and one whose reseller was exchanged.
      [pathOf(verification), 404, /This link is not valid/],
      [
        good.replace(purser.northwind.reseller.id, purser.eastgate.reseller.id),
        404,
        /This link is not valid/,
      ],
    ]
    const form = await browser.get(good)
    for (const [path, status, words] of pages) {
      const page = await browser.get(path)
      expect([path, page.status]).toEqual([path, status])
      expect(wordsOf(page)).toMatch(words)
      expect(wordsOf(page)).toMatch(/new link/i)
      const csrf = form.html.querySelector('[name=csrf]')?.getAttribute('value') ?? ''
      expect((await browser.post(path, { csrf, password: 'cloud tin paper anchor' })).status).toBe(status)
    }
    expect(await logIn(owner, NEW)).toBe(303)
  })
})

describe('a customer’s link', () => {
  test('sets the password, and a mailed one proves the address', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    const browser = purser.visitor()
    const form = await browser.get(pathOf(await customerLink(customer)))
    expect(form.text).toContain('Northwind Cloud')
    const answer = await browser.submit(form, { password: NEW })
    expect(answer.status).toBe(303)
    const done = await browser.follow(answer)
    expect(done.status).toBe(200)
    expect(wordsOf(done)).toContain('Your password is set')
    const row = await prisma().customer.findUniqueOrThrow({
      where: whose(customer),
      omit: { passwordHash: false },
    })
    expect(await passwordFits(row.passwordHash, NEW)).toBe(true)
    expect(row.emailVerifiedAt).not.toBeNull()
    const rows = await prisma().auditRow.findMany({
      where: { customerId: customer.id },
      orderBy: { id: 'asc' },
    })
    expect(rows.map(({ event, actorKind, actorId }) => [event, actorKind, actorId])).toEqual([
      ['customer.password_set', 'customer', customer.id],
      ['customer.verified', 'customer', customer.id],
    ])
  })

  test('that was copied proves nothing', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    const browser = purser.visitor()
    await browser.submit(await browser.get(pathOf(await customerLink(customer, 'copied'))), { password: NEW })
    const row = await prisma().customer.findUniqueOrThrow({ where: whose(customer) })
    expect(row.passwordMark).not.toBeNull()
    expect(row.emailVerifiedAt).toBeNull()
  })

  test('mailed to a former address sets the password and proves nothing', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'default' })
    const link = await customerLink(customer)
    await prisma().customer.update({
      where: whose(customer),
      data: { email: 'moved@customer.example' },
    })
    const browser = purser.visitor()
    expect((await browser.submit(await browser.get(pathOf(link)), { password: NEW })).status).toBe(303)
    expect((await prisma().customer.findUniqueOrThrow({ where: whose(customer) })).emailVerifiedAt).toBeNull()
  })

  test('ends the customer’s sessions and other links, and lets nobody into the portal', async () => {
    const customer = await makeCustomer(purser.northwind)
    await prisma().session.create({
      data: {
        id: 'of-a-console',
        resellerId: customer.resellerId,
        customerId: customer.id,
        expiresAt: new Date(Date.now() + 60_000),
      },
    })
    const [link, other] = [await customerLink(customer), await customerLink(customer, 'copied')]
    const browser = purser.visitor()
    await browser.submit(await browser.get(pathOf(link)), { password: NEW })
    expect(await prisma().session.count({ where: { customerId: customer.id } })).toBe(0)
    expect((await browser.get(pathOf(other))).status).toBe(410)
    expect(browser.cookies.has('purser-portal')).toBe(false)
    expect((await browser.get('/customers')).location).toMatch(/^\/login/)
  })

  test('of one who is OFF is dead', async () => {
    const customer = await makeCustomer(purser.northwind, { state: 'OFF' })
    expect((await purser.visitor().get(pathOf(await customerLink(customer)))).status).toBe(410)
  })
})
