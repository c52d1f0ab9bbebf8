import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Known, eventRows, linkRows, mailRows } from '../support/rows.ts'
import { type Visitor, wordsOf } from '../support/visit.ts'
import { readLink } from '../../src/people/one-time-link.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const pageOf = ({ id }: { id: string }) => `/customers/${id}/password-link`
const make = async (customer: { id: string }) => owner.submit(await owner.get(pageOf(customer)))
const shownOn = (answer: { html: { querySelector(s: string): unknown } }) => {
  const field = answer.html.querySelector('#password-link') as { getAttribute(name: string): string } | null
  return field?.getAttribute('value') ?? null
}

function change(customer: Known, data: { passwordHash?: string; state?: 'OFF'; stateReason?: string }) {
  return purser.owner.prisma.customer.update({
    where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
    data,
  })
}

describe('a set-password link to copy', () => {
  test('is made by a button, shown once, and good', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await make(customer)
    expect(answer.status).toBe(303)
    const shown = await owner.follow(answer)
    expect(shown.headers.get('cache-control')).toContain('no-store')
    const address = shownOn(shown)
    expect(address).toContain('/set-password/')
    const token = address?.split('/').at(-1) ?? ''
    const { database, keys } = purser.services
    expect(await readLink(database, keys, token, 'set_password')).toMatchObject({
      fate: null,
      link: { customerId: customer.id, delivery: 'copied', email: customer.email },
    })

    const again = await owner.follow(answer)
    expect(again.status).toBe(200)
    expect(shownOn(again)).toBeNull()
    expect(again.text).not.toContain(token)
    expect(wordsOf(again)).toContain('was already shown')
    expect(await mailRows(purser.northwind, customer)).toEqual([])
  })

  test('is shown once of ten looks at once', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await make(customer)
    const looks = await Promise.all(Array.from({ length: 10 }, () => owner.follow(answer)))
    expect(looks.filter((look) => shownOn(look) !== null)).toHaveLength(1)
  })

  test('a HEAD of its page shows nothing, and leaves the one showing', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await make(customer)
    expect((await owner.send('HEAD', answer.location ?? '')).status).toBe(200)
    expect(shownOn(await owner.follow(answer))).toContain('/set-password/')
  })

  test('a newer one ends the former; the mailed one lives on', async () => {
    const customer = await makeCustomer(purser.northwind)
    await owner.submit(await owner.get(`/customers/${customer.id}/edit`), { email: `x-${customer.email}` })
    await make(customer)
    await make(customer)
    const links = (await linkRows(purser.northwind, customer)).filter(
      ({ purpose }) => purpose === 'set_password',
    )
    const open = links.filter(({ revokedAt }) => !revokedAt).map(({ delivery }) => delivery)
    expect(open.sort()).toEqual(['copied', 'mailed'])
    expect(links).toHaveLength(3)
  })

  test('leaves an event when it is made, one when it is shown, and one of its use that names who was shown it', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await make(customer)
    const shown = await owner.follow(answer)
    await owner.follow(answer)
    const [row] = await eventRows(purser.northwind, customer, 'customer.password_link_made')
    expect(row?.details).toEqual({ email: customer.email, delivery: 'copied' })
    expect(await eventRows(purser.northwind, customer, 'customer.password_link_shown')).toMatchObject([
      { actorName: purser.northwind.staff.owner.email, details: { email: customer.email } },
    ])
    const visitor = purser.visitor()
    const form = await visitor.get(new URL(shownOn(shown) ?? '').pathname)
    await visitor.submit(form, { password: 'granite teapot over harbour' })
    expect(await eventRows(purser.northwind, customer, 'customer.password_set')).toMatchObject([
      { details: { email: customer.email, shownTo: 'Rosa Owen' } },
    ])
    expect(wordsOf(await owner.get(`/audit?customer=${customer.id}`))).toContain(
      `set the password of ${customer.email} with a link shown to Rosa Owen`,
    )
  })

  test('another customer’s link, a made-up one and an ended one show nothing', async () => {
    const customer = await makeCustomer(purser.northwind)
    const other = await makeCustomer(purser.northwind)
    await make(other)
    const [link] = await linkRows(purser.northwind, other)
    for (const id of [link?.id, 'abc', '%00', '00000000-0000-7000-8000-000000000000']) {
      const answer = await owner.get(`${pageOf(customer)}/${id}`)
      expect([answer.status, shownOn(answer)]).toEqual([200, null])
    }
    await make(other)
    expect(shownOn(await owner.get(`${pageOf(other)}/${link?.id}`))).toBeNull()
  })

  test('a customer with a password, or OFF, gets none: 409 in words, and the page has no button', async () => {
    for (const data of [{ passwordHash: 'set' }, { state: 'OFF', stateReason: 'test' } as const]) {
      const customer = await makeCustomer(purser.northwind)
      const form = await owner.get(pageOf(customer))
      await change(customer, data)
      expect((await owner.submit(form)).status).toBe(409)
      const page = await owner.get(pageOf(customer))
      expect(page.html.querySelector(`form[action="${pageOf(customer)}"]`)).toBeNull()
      expect(await linkRows(purser.northwind, customer)).toEqual([])
    }
  })
})
