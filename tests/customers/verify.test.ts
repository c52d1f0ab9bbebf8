import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkToken } from '../../src/people/one-time-link.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Known, customerRow, eventRows, linkRows, mailRows } from '../support/rows.ts'
import { type Visitor, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

/** A customer with a profile whose address is not verified, and who was just sent a verification mail by staff. */
async function unverified({ profile = true } = {}) {
  const customer = await makeCustomer(purser.northwind, { teamType: profile ? 'enterprise' : 'default' })
  const { prisma } = purser.owner
  const at = { resellerId: customer.resellerId }
  await prisma.customer.update({
    where: { resellerId_id: { ...at, id: customer.id } },
    data: { emailVerifiedAt: null },
  })
  await prisma.team.update({
    where: { resellerId_id: { ...at, id: customer.teamId } },
    data: { type: 'default' },
  })
  await send(customer)
  return customer
}

async function send(customer: Known) {
  const csrf = valueOf(await owner.get('/customers'), 'csrf') ?? ''
  return owner.post(`/customers/${customer.id}/verification`, { csrf })
}

async function addressOf(customer: Known) {
  const link = (await linkRows(purser.northwind, customer)).findLast(
    ({ purpose }) => purpose === 'verify_email',
  )
  if (!link) throw new Error('There is no link.')
  return `/verify/${linkToken(purser.services.keys, link)}`
}

async function alter(customer: Known, data: { expiresAt?: Date; createdAt?: Date; revokedAt?: Date }) {
  await purser.owner.prisma.oneTimeLink.updateMany({
    where: { resellerId: customer.resellerId, customerId: customer.id },
    data,
  })
}

describe('verify an address', () => {
  test('looking verifies nothing; the button does, and the team gets its type', async () => {
    const customer = await unverified()
    const visitor = purser.visitor()
    const address = await addressOf(customer)
    const form = await visitor.get(address)
    await visitor.get(address)
    expect(form.status).toBe(200)
    expect(wordsOf(form)).toContain(customer.email)
    expect(form.text).toContain('Northwind Cloud')
    expect(await customerRow(purser.northwind, customer)).toMatchObject({ emailVerifiedAt: null })

    const answer = await visitor.submit(form)
    expect([answer.status, answer.location]).toEqual([303, address])
    expect(wordsOf(await visitor.follow(answer))).toContain(`${customer.email} is verified`)
    const row = await customerRow(purser.northwind, customer)
    expect(row.emailVerifiedAt).toBeInstanceOf(Date)
    expect(row.team.type).toBe('enterprise')
    const [event] = await eventRows(purser.northwind, customer, 'customer.verified')
    expect(event).toMatchObject({
      actorKind: 'customer',
      actorId: customer.id,
      actorName: customer.email,
      details: { email: customer.email },
    })
  })

  test('without a billing profile the team stays Default', async () => {
    const customer = await unverified({ profile: false })
    const visitor = purser.visitor()
    await visitor.submit(await visitor.get(await addressOf(customer)))
    const row = await customerRow(purser.northwind, customer)
    expect(row.emailVerifiedAt).toBeInstanceOf(Date)
    expect(row.team.type).toBe('default')
  })

  test('an expired link says so, and whom to ask', async () => {
    const customer = await unverified()
    await alter(customer, { expiresAt: new Date(Date.now() - 1000) })
    const visitor = purser.visitor()
    const answer = await visitor.get(await addressOf(customer))
    expect(answer.status).toBe(410)
    expect(wordsOf(answer)).toContain('has expired')
    expect(answer.html.querySelector('a[href^="mailto:"]')?.textContent).toBe('owner@northwind.example')
  })

  test('a link that ran out while its page was open verifies nothing', async () => {
    const customer = await unverified()
    const visitor = purser.visitor()
    const form = await visitor.get(await addressOf(customer))
    await alter(customer, { expiresAt: new Date(Date.now() - 1000) })
    const answer = await visitor.submit(form)
    expect(wordsOf(await visitor.follow(answer))).toContain('has expired')
    expect(await customerRow(purser.northwind, customer)).toMatchObject({ emailVerifiedAt: null })
  })

  test('a newer mail replaces the older link', async () => {
    const customer = await unverified()
    const older = await addressOf(customer)
    await alter(customer, { createdAt: new Date(Date.now() - 120_000) })
    await send(customer)
    const visitor = purser.visitor()
    const answer = await visitor.get(older)
    expect(answer.status).toBe(410)
    expect(wordsOf(answer)).toContain('This link was replaced by a newer one')
    expect((await visitor.get(await addressOf(customer))).status).toBe(200)
  })

  test('the link to a former address is dead, and its open page verifies nothing', async () => {
    const customer = await unverified()
    const visitor = purser.visitor()
    const form = await visitor.get(await addressOf(customer))
    await owner.submit(await owner.get(`/customers/${customer.id}/edit`), {
      email: `moved-${customer.email}`,
    })
    await visitor.submit(form)
    expect(await customerRow(purser.northwind, customer)).toMatchObject({ emailVerifiedAt: null })
  })

  test('after it was used and the address has changed since, it says that it was used', async () => {
    const customer = await unverified()
    const visitor = purser.visitor()
    const address = await addressOf(customer)
    await visitor.submit(await visitor.get(address))
    await owner.submit(await owner.get(`/customers/${customer.id}/edit`), {
      email: `later-${customer.email}`,
    })
    const answer = await visitor.get(address)
    expect(answer.status).toBe(410)
    expect(wordsOf(answer)).toContain('already been used')
  })

  test.each(['abc', '%00', 'NOBODY00.00000000-0000-7000-8000-000000000000.x'])(
    'a token that was never made here (%s) is unknown',
    async (token) => {
      const answer = await purser.visitor().get(`/verify/${token}`)
      expect(answer.status).toBe(404)
      expect(wordsOf(answer)).toContain('This link is not valid')
    },
  )

  test('a set-password link opens nothing here', async () => {
    const customer = await unverified()
    await purser.owner.prisma.oneTimeLink.updateMany({
      where: { resellerId: customer.resellerId, customerId: customer.id },
      data: { purpose: 'set_password' },
    })
    const link = (await linkRows(purser.northwind, customer))[0]
    if (!link) throw new Error('There is no link.')
    const answer = await purser.visitor().get(`/verify/${linkToken(purser.services.keys, link)}`)
    expect(answer.status).toBe(404)
  })
})

describe('send the verification mail again', () => {
  test('queues a mail with a new link and says so; a second press within a minute sends no second one', async () => {
    const customer = await unverified()
    expect(flashOf(await owner.get('/customers'))).toContain(
      `A verification link is on its way to ${customer.email}`,
    )
    const again = await send(customer)
    expect([again.status, again.location]).toEqual([303, `/customers/${customer.id}`])
    expect(flashOf(await owner.get('/customers'))).toContain('a moment ago')
    const mails = await mailRows(purser.northwind, customer)
    expect(mails.map(({ template, toEmail }) => [template, toEmail])).toEqual([
      ['verify-email', customer.email],
    ])
    expect(await eventRows(purser.northwind, customer, 'customer.verification_sent')).toHaveLength(1)
  })

  test('at once from ten presses leaves one mail', async () => {
    const customer = await unverified()
    await alter(customer, { createdAt: new Date(Date.now() - 120_000) })
    await Promise.all(Array.from({ length: 10 }, () => send(customer)))
    expect(await mailRows(purser.northwind, customer)).toHaveLength(2)
  })

  test('an address that is verified needs none: 409 in words', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await send(customer)
    expect(answer.status).toBe(409)
    expect(wordsOf(answer)).toContain('already verified')
    expect(await mailRows(purser.northwind, customer)).toEqual([])
  })
})
