import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())
afterEach(() => vi.restoreAllMocks())

/** From now on the database goes away whenever somebody asks it for customers. */
function loseCustomers() {
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [statement] = args
    const text = typeof statement === 'string' ? statement : ((statement as { text?: string })?.text ?? '')
    if (!/\bfrom "?(public"?\."?)?customers\b/i.test(text)) return query.apply(this, args)
    const error = Object.assign(new Error('connect'), { code: 'EHOSTUNREACH' })
    const told = args.at(-1)
    return typeof told === 'function' ? told(error) : Promise.reject(error)
  } as never)
}

const linksOn = (page: Answer) =>
  page.html.querySelectorAll('.nothing a').map((link) => [link.textContent.trim(), link.getAttribute('href')])

test('a page that cannot be shown for now offers to try again, and does so by itself', async () => {
  const admin = await purser.as(purser.northwind.staff.admin)
  loseCustomers()
  const page = await admin.get('/customers?q=ada')
  expect([page.status, page.headers.get('Refresh')]).toEqual([503, '5'])
  expect(linksOn(page)[0]).toEqual(['Try again', '/customers?q=ada'])
})

test('a form that could not be saved for now keeps what was typed, and is not sent by itself', async () => {
  const admin = await purser.as(purser.northwind.staff.admin)
  const customer = await makeCustomer(purser.northwind)
  const form = await admin.get(`/customers/${customer.id}/edit`)
  const typed = { name: 'Typed "with" care', phone: '+1 555 0100' }
  loseCustomers()
  const page = await admin.submit(form, typed, { action: `/customers/${customer.id}` })
  expect([page.status, page.headers.get('Refresh')]).toEqual([503, null])
  vi.restoreAllMocks()
  const sent = await admin.submit(page, {}, { action: `/customers/${customer.id}` })
  expect(sent.status).toBe(303)
  expect(wordsOf(await admin.get(`/customers/${customer.id}`))).toContain(typed.name)
})

test('a page that one may not see leads back to where one was, never elsewhere', async () => {
  const support = await purser.as(purser.northwind.staff.support)
  const from = (referer: string) => support.get('/settings', { Referer: referer })
  const page = await from(`${purser.url}/customers?q=ada`)
  expect(page.status).toBe(403)
  expect(linksOn(page)[0]).toEqual(['Go back', '/customers?q=ada'])
  for (const other of ['https://elsewhere.example/customers', `${purser.url}/settings`, '//x', ''])
    expect(linksOn(await from(other)).map(([words]) => words)).toEqual(['Go to the home page'])
})
