import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Onlooker, changedSince, openOnlooker } from '../support/everything.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { listRoutes } from '../support/routes.ts'
import { addressOf } from '../support/scene.ts'
import { type Answer, type Visitor, tokenOf } from '../support/visit.ts'

let purser: RunningPurser
/** Every address that takes a POST, with something of northwind's in it. */
let addresses: string[]
let onlooker: Onlooker
let owner: Visitor

beforeAll(async () => {
  purser = await startPurser()
  const posts = listRoutes(purser.services).filter(({ method }) => method === 'POST')
  addresses = []
  for (const { path } of posts) addresses.push(await addressOf(purser, purser.northwind, path))
  onlooker = await openOnlooker(purser)
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(async () => {
  await onlooker.close()
  await purser.stop()
})

/** Each forgery is sent to every address that takes POST, by an owner who is logged in and might have done the deed. */
const FORGERIES: Readonly<Record<string, (token: string) => Promise<Forgery> | Forgery>> = {
  'no token': () => ({ fields: {} }),
  'an empty token': () => ({ fields: { csrf: '' } }),
  'a made-up token': (token) => ({ fields: { csrf: token.replaceAll(/[0-9a-f]/g, 'a') } }),
  'two tokens': (token) => ({ fields: { csrf: [token, token] } }),
  "a visitor's token": async () => ({ fields: { csrf: await tokenOf(purser.visitor()) } }),
  "a colleague's token": async () => ({
    fields: { csrf: await tokenOf(await purser.as(purser.northwind.staff.admin)) },
  }),
  'the token from a foreign page': (token) => ({
    fields: { csrf: token },
    headers: { Origin: 'https://elsewhere.example' },
  }),
  'the token from a page without an origin': (token) => ({
    fields: { csrf: token },
    headers: { Origin: 'null' },
  }),
  'the token from another port': (token) => ({
    fields: { csrf: token },
    headers: { Origin: 'http://127.0.0.1:1' },
  }),
}

interface Forgery {
  fields: Record<string, string | string[]>
  headers?: Record<string, string>
}

describe('a POST is refused and changes nothing', () => {
  test.each(Object.keys(FORGERIES))('with %s', async (name) => {
    const { fields, headers } = (await FORGERIES[name]?.(await tokenOf(owner))) as Forgery
    expect(await notRefused(addresses, (address) => owner.post(address, fields, headers))).toEqual([])
  })

  test('without Origin, when the browser says that it comes from elsewhere', async () => {
    const body = () => new URLSearchParams({ csrf: token })
    const token = await tokenOf(owner)
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    expect(
      await notRefused(addresses, (address) => owner.send('POST', address, { body: body(), headers })),
    ).toEqual([])
  })
})

/** What was not refused, and whether anything changed. */
async function notRefused(all: readonly string[], post: (address: string) => Promise<Answer>) {
  const before = await onlooker.look()
  const wrong: string[] = []
  for (const address of all) {
    const { status } = await post(address)
    if (status !== 403) wrong.push(`${address}: ${status}`)
  }
  const changed = changedSince(before, await onlooker.look())
  return [...wrong, ...changed.map((table) => `${table} changed`)]
}

test('without Origin and Sec-Fetch-Site, as a program sends it, the token decides', async () => {
  const body = new URLSearchParams({ csrf: await tokenOf(owner) })
  const address = await addressOf(purser, purser.northwind, '/customers/:id/refills')
  const answer = await owner.send('POST', address, { body })
  // The form is empty, so it comes back: the door was open.
  expect(answer.status).toBe(422)
})
