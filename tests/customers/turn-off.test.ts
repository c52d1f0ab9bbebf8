import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import type { LinkPurpose } from '../../src/generated/prisma/client.ts'
import { linkToken, makeLink } from '../../src/people/one-time-link.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Known, customerRow, eventRows, linkRows } from '../support/rows.ts'
import { type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const why = { reason: 'Unpaid since May.\nAsked twice.', message: 'Call us on Monday.' }

async function suspend(customer: Known, fields: Record<string, string> = why, browser = owner) {
  return browser.submit(await browser.get(`/customers/${customer.id}/state`), fields)
}

function link(customer: Known & { email: string }, purpose: LinkPurpose) {
  return transaction(purser.services, (db) =>
    makeLink(db, {
      resellerId: customer.resellerId,
      purpose,
      delivery: 'mailed',
      person: { customerId: customer.id },
      email: customer.email,
      minutes: 60,
    }),
  )
}

function openSession({ id, resellerId }: Known, name: string) {
  return purser.services.database.prisma.session.create({
    data: { id: name, resellerId, customerId: id, expiresAt: new Date(Date.now() + 3_600_000) },
  })
}

describe('turn a customer off', () => {
  test('stores why and since when, says so, and leaves money alone', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 500n })
    const answer = await suspend(customer)
    expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}`])
    expect(flashOf(await owner.follow(answer))).toContain(`${customer.email} can no longer log in.`)
    const row = await customerRow(purser.northwind, customer)
    expect(row).toMatchObject({
      state: 'OFF',
      stateReason: why.reason,
      stateMessage: why.message,
      stateChangedAt: expect.any(Date),
      balance: 500n,
      version: customer.version,
    })
    const form = await owner.get(`/customers/${customer.id}/balance`)
    const refilled = await owner.submit(form, { amount: '5', reason: 'courtesy' }, { action: '/refills' })
    expect(refilled.status).toBe(303)
    expect((await customerRow(purser.northwind, customer)).balance).toBe(1000n)
  })

  test("ends the customer's sessions and set-password links, and nobody else's", async () => {
    const [customer, other] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    await openSession(customer, 'session one')
    await openSession(customer, 'session two')
    await openSession(other, 'session of another')
    const password = await link(customer, 'set_password')
    await link(customer, 'verify_email')
    await link(other, 'set_password')
    const address = `/set-password/${linkToken(purser.services.keys, password)}`
    expect((await purser.visitor().get(address)).status).toBe(200)

    await suspend(customer)
    const sessions = await purser.services.database.prisma.session.findMany({
      where: { resellerId: customer.resellerId, customerId: { not: null }, endedAt: null },
    })
    expect(sessions.map(({ id }) => id)).toEqual(['session of another'])
    const open = [
      ...(await linkRows(purser.northwind, customer)),
      ...(await linkRows(purser.northwind, other)),
    ]
      .filter(({ revokedAt }) => revokedAt === null)
      .map(({ purpose, customerId }) => [purpose, customerId])
    expect(open).toEqual([
      ['verify_email', customer.id],
      ['set_password', other.id],
    ])
    expect((await purser.visitor().get(address)).status).toBe(410)
  })

  test('without a reason it is a sentence at the field, and the message stays', async () => {
    const customer = await makeCustomer(purser.northwind)
    for (const reason of ['', '  \n ']) {
      const answer = await suspend(customer, { reason, message: 'Call us.' })
      expect(answer.status).toBe(422)
      expect(errorAt(answer, 'reason')).toBe('This field is required.')
      expect(valueOf(answer, 'message')).toBe('Call us.')
    }
    const long = await suspend(customer, { reason: 'x'.repeat(501) })
    expect(errorAt(long, 'reason')).toBe('Use at most 500 characters.')
    expect((await customerRow(purser.northwind, customer)).state).toBe('ON')
  })

  test('ten at once turn it off once', async () => {
    const customer = await makeCustomer(purser.northwind)
    const form = await owner.get(`/customers/${customer.id}/state`)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => owner.submit(form, { reason: `Reason ${n}` })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(9).fill(409)])
    const events = await eventRows(purser.northwind, customer, 'customer.suspended')
    expect(events).toHaveLength(1)
    expect((await customerRow(purser.northwind, customer)).stateReason).toBe(
      (events[0]?.details as { reason: string }).reason,
    )
  })

  test('leaves a row in the audit log with reason and message', async () => {
    const customer = await makeCustomer(purser.northwind)
    await suspend(customer)
    expect(await eventRows(purser.northwind, customer, 'customer.suspended')).toMatchObject([
      { actorName: purser.northwind.staff.owner.email, details: why },
    ])
  })
})

describe('turn a customer on', () => {
  async function suspended() {
    const customer = await makeCustomer(purser.northwind)
    await suspend(customer)
    return customer
  }

  test('shows since when and why, lets the customer in again, and restores nothing', async () => {
    const customer = await makeCustomer(purser.northwind)
    await openSession(customer, 'ended for good')
    await link(customer, 'set_password')
    await suspend(customer)
    const form = await owner.get(`/customers/${customer.id}/state`)
    expect(wordsOf(form)).toContain('Unpaid since May.')
    expect(wordsOf(form)).toContain(why.message)
    const answer = await owner.submit(form, { reason: 'Paid.' })
    expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}`])
    expect(flashOf(await owner.follow(answer))).toContain(`${customer.email} can log in again.`)
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      state: 'ON',
      stateReason: null,
      stateMessage: null,
    })
    expect(
      await purser.services.database.prisma.session.count({
        where: { customerId: customer.id, endedAt: null },
      }),
    ).toBe(0)
    expect((await linkRows(purser.northwind, customer)).every(({ revokedAt }) => revokedAt)).toBe(true)
    expect(await eventRows(purser.northwind, customer, 'customer.reinstated')).toMatchObject([
      { details: { reason: 'Paid.' } },
    ])
  })

  test('to somebody else it says who was first, and when', async () => {
    const customer = await makeCustomer(purser.northwind)
    const admin = await purser.as(purser.northwind.staff.admin)
    const theirs = await admin.get(`/customers/${customer.id}/state`)
    await owner.submit(await owner.get(`/customers/${customer.id}/state`), why)
    const late = await admin.submit(theirs, { ...why, reason: 'Another reason' })
    expect(late.status).toBe(409)
    expect(valueOf(late, 'reason')).toBe('Another reason')
    const says = late.html.querySelector('.last-change')
    expect(says?.querySelector('.person')?.getAttribute('title')).toBe(purser.northwind.staff.owner.email)
    expect(says?.querySelector('time')).not.toBeNull()
  })

  test('ten at once turn it on once', async () => {
    const customer = await suspended()
    const form = await owner.get(`/customers/${customer.id}/state`)
    const answers = await Promise.all(Array.from({ length: 10 }, () => owner.submit(form)))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(9).fill(409)])
    expect(await eventRows(purser.northwind, customer, 'customer.reinstated')).toHaveLength(1)
  })
})
