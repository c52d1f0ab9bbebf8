import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { tokenOf, valueOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

test('the token stands differently in each page, nowhere as its cookie has it, and is accepted from all of them', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  const pages = [await owner.get('/tags'), await owner.get('/tags')]
  const tokens = pages.map((page) => valueOf(page, 'csrf') ?? '')
  expect(new Set(tokens).size).toBe(2)
  const cookie = owner.cookies.get('purser-portal-csrf') ?? ''
  expect(cookie).toMatch(/^[0-9a-f]+\.[0-9a-f]+$/)
  for (const { text } of pages) expect(text.includes(cookie.split('.')[0] as string)).toBe(false)
  for (const csrf of tokens) expect((await owner.post('/tags', { csrf })).status).not.toBe(403)
})

test('a page of the version before, with the token as its cookie has it, still works', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  await tokenOf(owner)
  const csrf = owner.cookies.get('purser-portal-csrf') ?? ''
  expect((await owner.post('/tags', { csrf })).status).not.toBe(403)
})

test('what is no token is refused like a wrong one', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  const csrf = await tokenOf(owner)
  for (const wrong of ['', '.', 'A', 'AAAA', '%', csrf.slice(1), csrf.slice(0, -8)])
    expect([wrong, (await owner.post('/tags', { csrf: wrong })).status]).toEqual([wrong, 403])
})

test.each(['portal', 'console'] as const)(
  'pages of the %s that are opened at once after a login all have forms that work, and only in their own session',
  async (site) => {
    const logIn = async () =>
      site === 'portal'
        ? purser.as(purser.northwind.staff.owner)
        : purser.asCustomer(await makeCustomer(purser.northwind, { password: PASSWORD }))
    const path = site === 'portal' ? '/account/password' : '/console/password'
    const [browser, other] = [await logIn(), await logIn()]
    const pages = await Promise.all([browser.get(path), browser.get(path), browser.get(path)])
    for (const page of pages) expect((await browser.submit(page, { current: '' })).status).toBe(422)
    const stolen = valueOf(pages[0], 'csrf') ?? ''
    expect((await other.post(path, { csrf: stolen, current: '' })).status).toBe(403)
    browser.cookies.delete(`purser-${site}`)
    expect((await browser.post(path, { csrf: stolen, current: '' })).status).toBe(403)
  },
)
