import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { addApp } from '../support/factors.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())
afterEach(() => vi.restoreAllMocks())

/** From now on the database goes away, or fails otherwise, whenever somebody asks it for customers, or what else. */
function loseCustomers({ code = 'EHOSTUNREACH', table = 'customers' } = {}) {
  const asks = new RegExp(`\\bfrom "?(public"?\\."?)?${table}\\b`, 'i')
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [statement] = args
    const text = typeof statement === 'string' ? statement : ((statement as { text?: string })?.text ?? '')
    if (!asks.test(text)) return query.apply(this, args)
    const error = Object.assign(new Error('connect'), { code })
    const told = args.at(-1)
    return typeof told === 'function' ? told(error) : Promise.reject(error)
  } as never)
}

const LIST = '/customers?q=ada'

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

test.each(['portal', 'console'] as const)(
  'what is not there, or broke, leads back to where one was: %s',
  async (site) => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const [visitor, was, broken] =
      site === 'portal'
        ? [await purser.as(purser.northwind.staff.admin), '/mails?state=sent', `/customers/${customer.id}`]
        : [await purser.asCustomer(customer), '/console/security?x=1', '/console/billing']
    const home = ['Go to the home page', site === 'portal' ? '/' : '/console']
    const missing = site === 'portal' ? '/customers/0000000000' : '/console/nowhere'
    const from = { Referer: purser.url + was }
    expect(linksOn(await visitor.get(missing, from))).toEqual([['Go back', was], home])
    expect(linksOn(await visitor.get(missing))).toEqual([home])
    const csrf = await tokenOf(visitor, site)
    const posted = await visitor.post(missing, { csrf }, from)
    expect([posted.status, linksOn(posted)]).toEqual([404, [['Go back', was], home]])
    expect(linksOn(await visitor.post(missing, { csrf }))).toEqual([home])
    loseCustomers({ code: 'XX000', table: site === 'portal' ? 'customers' : 'entries' })
    const page = await visitor.get(broken, from)
    expect([page.status, linksOn(page)]).toEqual([500, [['Try again', broken], ['Go back', was], home]])
  },
)

test('a form about what another tab has removed leads to the list, as the form’s own page has gone with it', async () => {
  const browser = await purser.as(await makeMember(purser.northwind, 'support'))
  await addApp(purser, browser)
  const list = await browser.get('/account/factors')
  const address = list.html.querySelector('a[href$="/name"]')?.getAttribute('href') ?? ''
  const form = await browser.get(address)
  await browser.submit(list, {}, { action: '/removal' })
  const headers = { Referer: purser.url + address }
  const page = await browser.submit(form, { name: 'Typed' }, { headers })
  expect([page.status, linksOn(page)[0]]).toEqual([404, ['Go back', '/account/factors']])
})

test.each(['portal', 'console'] as const)(
  'error after error leads back to the last page that worked: %s',
  async (site) => {
    const [visitor, was, missing] =
      site === 'portal'
        ? [await purser.as(purser.northwind.staff.support), '/mails?state=sent', '/customers/0000000000']
        : [
            await purser.asCustomer(await makeCustomer(purser.northwind, { password: PASSWORD })),
            '/console/security?x=1',
            '/console/nowhere',
          ]
    const from = (address: string) => ({ Referer: purser.url + address })
    const backOn = (page: Answer) => linksOn(page).find(([words]) => words === 'Go back')?.[1]
    expect(backOn(await visitor.get(missing, from(was)))).toBe(was)
    const second = site === 'portal' ? '/settings' : '/console/elsewhere'
    expect(backOn(await visitor.get(second, from(missing)))).toBe(was)
    // Once more the same, and a form that fails.
    expect(backOn(await visitor.get(second, from(second)))).toBe(was)
    const csrf = await tokenOf(visitor, site)
    expect(backOn(await visitor.post(missing, { csrf }, from(second)))).toBe(was)
    // In another tab somebody came from elsewhere, or from nowhere.
    expect(backOn(await visitor.get(`${missing}?tab=2`))).toBeUndefined()
    expect(backOn(await visitor.get(second, from(`${missing}?tab=2`)))).toBeUndefined()
    // What works again leads back as any page does.
    const works = site === 'portal' ? '/customers' : '/console/billing'
    loseCustomers({ code: 'XX000', table: site === 'portal' ? 'customers' : 'entries' })
    expect(backOn(await visitor.get(works, from(was)))).toBe(was)
    expect(backOn(await visitor.get(second, from(works)))).toBe(was)
    vi.restoreAllMocks()
    expect((await visitor.get(works)).status).toBe(200)
    expect(backOn(await visitor.get(second, from(works)))).toBe(works)
  },
)

test('an address that lets somebody in is not kept', async () => {
  const visitor = purser.visitor()
  expect(
    (await visitor.post('/set-password/not-a-token', {}, { Referer: `${purser.url}/login` })).status,
  ).toBe(404)
  const kept = [...visitor.cookies].map(([, value]) => decodeURIComponent(value)).join()
  expect(kept).not.toContain('not-a-token')
})

test.each([
  [
    'already verified',
    'Already done',
    (id: string) => `/customers/${id}/verification`,
    { emailVerifiedAt: new Date() },
  ],
  [
    'a password there is',
    'Already done',
    (id: string) => `/customers/${id}/password-link`,
    { passwordHash: 'x' },
  ],
  [
    'OFF',
    'Not possible right now',
    (id: string) => `/customers/${id}/password-link`,
    { state: 'OFF' as const, stateReason: 'unpaid' },
  ],
])('a conflict is called what it is: %s', async (_what, title, address, now) => {
  const admin = await purser.as(purser.northwind.staff.admin)
  const { id } = await makeCustomer(purser.northwind)
  await purser.owner.prisma.customer.updateMany({ where: { id }, data: now })
  const page = await admin.post(
    address(id),
    { csrf: await tokenOf(admin) },
    { Referer: `${purser.url}${LIST}` },
  )
  expect([page.status, page.html.querySelector('h1')?.textContent.trim()]).toEqual([409, title])
  expect(linksOn(page)[0]).toEqual(['Go back', LIST])
})
