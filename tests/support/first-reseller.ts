import { expect } from 'vitest'
import { type Answer, Visitor, tokenOf } from './visit.ts'

/** The token of the set-up page, as the environment of a Purser in a test fixes it. */
export const SETUP_TOKEN = 'chosen-by-the-operator'

const OWNER = { email: 'owner@northwind.example', password: 'zebra lamp river moon' }

/** Sets up the first reseller of a Purser that runs as a process; its Owner is logged in then. */
export async function setUpReseller(url: string): Promise<Visitor> {
  const browser = new Visitor(url)
  const form = await browser.get(`/setup?token=${SETUP_TOKEN}`)
  const answer = await browser.submit(form, {
    ...OWNER,
    reseller: 'Northwind Cloud',
    slug: 'northwind',
    currency: 'USD',
    timeZone: 'Europe/Berlin',
    locale: 'en-GB',
    name: 'Rosa Owen',
  })
  expect(answer.status).toBe(303)
  return browser
}

/** Logs its Owner in anew. */
export async function logInOwner(url: string): Promise<Visitor> {
  const browser = new Visitor(url)
  expect((await browser.submit(await browser.get('/login'), OWNER)).location).toBe('/customers')
  return browser
}

/** Tries the same where it may fail: the answer to the form, or to asking for it. */
export async function tryLoginOfOwner(url: string): Promise<Answer> {
  const browser = new Visitor(url)
  const page = await browser.get('/login')
  return page.status === 200 ? browser.submit(page, OWNER) : page
}

/** Makes customers with these first names, at customer.example; their ids. */
export async function makeCustomers(browser: Visitor, names: readonly string[]): Promise<{ id: string }[]> {
  const csrf = await tokenOf(browser)
  const made: { id: string }[] = []
  for (const name of names) {
    const email = `${name.toLowerCase()}@customer.example`
    const { location } = await browser.post('/customers', { csrf, email, name, teamName: name })
    made.push({ id: /^\/customers\/(\w+)/.exec(location ?? '')?.[1] ?? '' })
  }
  return made
}
