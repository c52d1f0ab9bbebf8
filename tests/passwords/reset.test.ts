import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { passwordFits } from '../../src/people/password-hash.ts'
import { generatePassword } from '../../src/people/generate-password.ts'
import { linkToken } from '../../src/people/one-time-link.ts'
import { makeCustomer, PASSWORD, passwordHashOf } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Known, customerRow, eventRows, linkRows, mailRows, tablesHolding } from '../support/rows.ts'
import { type Answer, type Visitor, flashOf, refusalOf, tokenOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const pageOf = ({ id }: { id: string }) => `/customers/${id}/password-reset`
const shownOn = (answer: Answer) =>
  answer.html.querySelector('[data-password]')?.getAttribute('data-password') ?? ''

async function generate(customer: Known, by = owner) {
  const answer = await by.submit(await by.get(pageOf(customer)), {}, { action: '/candidate' })
  return { answer, password: shownOn(answer) }
}
const confirm = (page: Answer, by = owner) => by.submit(page, {}, { action: '/password-reset' })

async function knownCustomer() {
  const customer = await makeCustomer(purser.northwind)
  return prisma().customer.update({
    where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
    data: { passwordHash: await passwordHashOf(PASSWORD) },
  })
}

const fits = async (customer: Known, password: string) =>
  passwordFits(
    (
      await purser.owner.prisma.customer.findFirstOrThrow({
        where: { id: customer.id },
        select: { passwordHash: true },
      })
    ).passwordHash,
    password,
  )

describe('Reset Password', () => {
  test('generates, shows once, and changes nothing until it is confirmed', async () => {
    const customer = await knownCustomer()
    const { answer, password } = await generate(customer)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(password).toMatch(/^[^0O1lIi2Z5S8B]{20}$/)
    expect(answer.text.split(password)).toHaveLength(3)
    expect(await fits(customer, PASSWORD)).toBe(true)

    expect(shownOn(await owner.get(pageOf(customer)))).toBe('')
    const confirmed = await confirm(answer)
    expect([confirmed.status, confirmed.location]).toEqual([303, `/customers/${customer.id}`])
    expect(await fits(customer, password)).toBe(true)
    expect(await fits(customer, PASSWORD)).toBe(false)
    const row = await customerRow(purser.northwind, customer)
    expect(row.mustChangePassword).toBe(true)
    const hours = ((row.passwordExpiresAt?.getTime() ?? 0) - Date.now()) / 3_600_000
    expect(hours).toBeGreaterThan(71.9)
    expect(hours).toBeLessThanOrEqual(72)
    expect(flashOf(await owner.get('/customers'))).toContain('72 hours')
  })

  test('takes no name of a password that no page gave: a sentence, and nothing is confirmed', async () => {
    const customer = await knownCustomer()
    const { answer, password } = await generate(customer)
    for (const candidate of ['-'.repeat(36), 'a'.repeat(36), `${valueOf(answer, 'candidate')}0`, '']) {
      const refused = await owner.submit(answer, { candidate }, { action: '/password-reset' })
      expect([refused.status, refusalOf(refused)]).toEqual([422, expect.stringContaining('submit it again.')])
    }
    expect(await fits(customer, password)).toBe(false)
    expect((await confirm(answer)).status).toBe(303)
  })

  test('ends the customer’s sessions and links to set a password, not those of others', async () => {
    const customer = await knownCustomer()
    const other = await makeCustomer(purser.northwind)
    const { resellerId } = customer
    const expiresAt = new Date(Date.now() + 60_000)
    await prisma().session.createMany({
      data: [customer, customer, other].map(({ id: customerId }, place) => ({
        id: `${customerId}-${place}`,
        resellerId,
        customerId,
        expiresAt,
      })),
    })
    await owner.submit(await owner.get(pageOf(customer)), {}, { action: '/password-link' })
    await confirm((await generate(customer)).answer)
    expect(await prisma().session.count({ where: { customerId: customer.id } })).toBe(0)
    expect(await prisma().session.count({ where: { customerId: other.id } })).toBe(1)
    const links = await linkRows(purser.northwind, customer)
    // The second is that of the mail about the reset.
    expect(links.map(({ revokedAt }) => revokedAt !== null)).toEqual([true, false])
  })

  test('stands in no table, cookie, address or audit row', async () => {
    const customer = await knownCustomer()
    const { answer, password } = await generate(customer)
    const confirmed = await confirm(answer)
    const after = await owner.follow(confirmed)
    expect([confirmed.location, ...owner.cookies.values(), after.text].join('\n')).not.toContain(password)

    expect(await tablesHolding(purser, password)).toEqual([])
    expect(await tablesHolding(purser, customer.email)).not.toEqual([])
    const rows = await prisma().auditRow.findMany({
      where: { customerId: customer.id },
      orderBy: { id: 'asc' },
    })
    expect(rows.map(({ event, actorId, details }) => [event, actorId, details])).toEqual([
      ['password.generated', purser.northwind.staff.owner.id, {}],
      ['password.reset', purser.northwind.staff.owner.id, {}],
    ])
  })

  test('confirms only what this person generated for this customer', async () => {
    const [customer, other] = [await knownCustomer(), await knownCustomer()]
    const admin = await purser.as(purser.northwind.staff.admin)
    const { answer, password } = await generate(customer)
    const csrf = await tokenOf(admin)
    const candidate = valueOf(answer, 'candidate') ?? ''
    for (const [who, fields, whom] of [
      [admin, { csrf }, customer],
      [admin, { csrf, candidate }, customer],
      [owner, { csrf: await tokenOf(owner), candidate }, other],
      [owner, { csrf: await tokenOf(owner) }, other],
    ] as const) {
      const refused = await who.post(pageOf(whom), fields)
      expect(refused.status).toBe(409)
      expect(refusalOf(refused)).toContain('Generate a new one')
    }
    expect(await fits(customer, PASSWORD)).toBe(true)
    expect(await fits(other, PASSWORD)).toBe(true)
    expect((await confirm(answer)).status).toBe(303)
    expect(await fits(customer, password)).toBe(true)
  })

  test('a second one takes the place of the first', async () => {
    const customer = await knownCustomer()
    const [first, second] = [await generate(customer), await generate(customer)]
    expect(first.password).not.toBe(second.password)
    expect((await confirm(first.answer)).status).toBe(409)
    expect(await fits(customer, PASSWORD)).toBe(true)
    expect((await confirm(second.answer)).status).toBe(303)
    expect(await fits(customer, second.password)).toBe(true)
  })

  test('without the page’s own field, what waits is confirmed', async () => {
    const customer = await knownCustomer()
    const { password } = await generate(customer)
    expect((await owner.post(pageOf(customer), { csrf: await tokenOf(owner) })).status).toBe(303)
    expect(await fits(customer, password)).toBe(true)
  })

  test('is refused after ten minutes', async () => {
    const customer = await knownCustomer()
    const { answer } = await generate(customer)
    await prisma().passwordCandidate.updateMany({
      where: { customerId: customer.id },
      data: { expiresAt: new Date() },
    })
    expect((await confirm(answer)).status).toBe(409)
    expect(await fits(customer, PASSWORD)).toBe(true)
  })

  test('waits ten minutes, to the minute', async () => {
    const customer = await knownCustomer()
    await generate(customer)
    const { createdAt, expiresAt } = await prisma().passwordCandidate.findFirstOrThrow({
      where: { customerId: customer.id },
    })
    expect(expiresAt.getTime() - createdAt.getTime()).toBe(10 * 60_000)
  })

  test('is found in the list of customers', async () => {
    const customer = await knownCustomer()
    expect((await owner.get('/customers')).text).toContain(`href="${pageOf(customer)}"`)
  })

  test('what the customer chooses by a link takes its place with its conditions', async () => {
    const customer = await knownCustomer()
    await confirm((await generate(customer)).answer)
    await owner.submit(await owner.get(pageOf(customer)), {}, { action: '/password-link' })
    const link = (await linkRows(purser.northwind, customer)).find(({ revokedAt }) => !revokedAt)
    if (!link) throw new Error('No link was made.')
    const visitor = purser.visitor()
    const form = await visitor.get(`/set-password/${linkToken(purser.services.keys, link)}`)
    expect((await visitor.submit(form, { password: 'zebra lamp river moon' })).status).toBe(303)
    const row = await customerRow(purser.northwind, customer)
    expect([row.mustChangePassword, row.passwordExpiresAt]).toEqual([false, null])
  })
})

describe('instead, a link by mail', () => {
  const mail = async (customer: Known, by = owner) =>
    by.submit(await by.get(pageOf(customer)), {}, { action: '/password-link' })

  test('goes to the customer, once a minute, and the present password stays', async () => {
    const customer = await knownCustomer()
    const answer = await mail(customer)
    expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}`])
    expect((await mail(customer)).status).toBe(303)
    expect(flashOf(await owner.get('/customers'))).toContain('a moment ago')
    const mails = await mailRows(purser.northwind, customer)
    expect(mails).toHaveLength(1)
    const [link] = await linkRows(purser.northwind, customer)
    expect(mails[0]).toMatchObject({
      toEmail: customer.email,
      template: 'set-password',
      values: { linkId: link?.id, why: 'reset' },
    })
    expect(await fits(customer, PASSWORD)).toBe(true)
    const [row] = await eventRows(purser.northwind, customer, 'customer.password_link_made')
    expect(row?.details).toEqual({ email: customer.email, delivery: 'mailed' })
  })

  test('to a customer who is OFF is refused in words, and not offered', async () => {
    const customer = await knownCustomer()
    const page = await owner.get(pageOf(customer))
    await prisma().customer.updateMany({
      where: { id: customer.id },
      data: { state: 'OFF', stateReason: 'test' },
    })
    const refused = await owner.submit(page, {}, { action: '/password-link' })
    expect(refused.status).toBe(409)
    expect(wordsOf(refused)).toContain('Turn the customer on first')
    expect((await owner.get(pageOf(customer))).text).not.toContain('name="delivery"')
    expect(await linkRows(purser.northwind, customer)).toEqual([])
  })
})

test('generated passwords use every character of the alphabet and no look-alike', () => {
  const all = Array.from({ length: 1000 }, generatePassword)
  expect(new Set(all).size).toBe(1000)
  const used = new Set(all.join(''))
  expect(used.size).toBe(49)
  expect([...'0Oo1lIi2Z5S8B'].filter((one) => used.has(one))).toEqual([])
})
