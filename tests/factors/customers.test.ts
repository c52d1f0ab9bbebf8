import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CustomerFactors } from '../../src/generated/prisma/client.ts'
import { writeLetter } from '../../src/mails/letter.ts'
import { Authenticator } from '../support/authenticator.ts'
import { type House, PASSWORD, makeCustomer } from '../support/cast.ts'
import { SITES, addApp, askedForCode, codeOf, codesOn, logInByCode, secretOn } from '../support/factors.ts'
import { enter } from '../support/login-as.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { statementsOf } from '../support/statements.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser({ atLocalhost: true })
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const site = SITES.customer
const WRONG = 'Incorrect e-mail address, password or code. A code can be used only once.'

async function someone(facts: Parameters<typeof makeCustomer>[1] = {}) {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD, ...facts })
  return { customer, browser: await purser.asCustomer(customer) }
}

async function withApp(facts: Parameters<typeof makeCustomer>[1] = {}) {
  const one = await someone(facts)
  return { ...one, ...(await addApp(purser, one.browser, 'Phone', site)) }
}

async function withPasskey() {
  const one = await someone()
  const authenticator = new Authenticator(purser.url)
  const page = await one.browser.get(`${site.factors}/passkeys/new`)
  const answer = await one.browser.submit(page, { name: 'Laptop', ...authenticator.create(page) })
  expect([answer.status, codesOn(answer).length]).toEqual([200, 10])
  return { ...one, authenticator }
}

const eventsOf = async ({ id }: { id: string }) =>
  (
    await prisma().auditRow.findMany({ where: { customerId: id }, orderBy: [{ at: 'asc' }, { id: 'asc' }] })
  ).map(({ event, details }) => ({ event, details }))

const mailsTo = async ({ id }: { id: string }) =>
  (await prisma().mail.findMany({ where: { customerId: id }, orderBy: { id: 'asc' } })).map(
    ({ template }) => template,
  )

const lastLetterTo = async ({ id }: { id: string }) => {
  const mail = await prisma().mail.findFirstOrThrow({ where: { customerId: id }, orderBy: { id: 'desc' } })
  return (await writeLetter(purser.services, mail as never)).text
}

const choose = ({ reseller }: House, customerFactors: CustomerFactors) =>
  prisma().reseller.update({
    where: { id: reseller.id },
    data: { customerFactors, customerFactorsRequiredAt: customerFactors === 'required' ? new Date() : null },
  })

const LAST_IS_GONE =
  'It was the last one: the password alone is now enough to log in, and the recovery codes no longer work.'

const sessionsOf = ({ id }: { id: string }) => prisma().session.count({ where: { customerId: id } })

const logIn = (visitor: Visitor, email: string, at: string, password = PASSWORD) =>
  visitor.get(at).then((page) => visitor.submit(page, { email, password }))

describe('a customer’s authenticator app', () => {
  test('is added under Security, with recovery codes; the customer is told, and it is in the activity', async () => {
    const { customer, browser } = await someone()
    expect(wordsOf(await browser.get('/console/security'))).toContain('You have no second factor.')
    const page = await browser.get(`${site.factors}/new`)
    expect(page.headers.get('cache-control')).toBe('no-store')
    const answer = await browser.submit(page, { name: 'My phone', code: codeOf(secretOn(page)) })
    expect([answer.status, codesOn(answer).length]).toEqual([200, 10])
    expect(wordsOf(await browser.get(site.factors))).toContain('My phone')
    expect(await mailsTo(customer)).toEqual(['factor-added'])
    expect((await eventsOf(customer)).at(-1)).toEqual({
      event: 'customer.factor_added',
      details: { name: 'My phone' },
    })
  })

  test('is asked for by a page of its own, after which the customer is in', async () => {
    const { customer, secret } = await withApp()
    const visitor = purser.visitor()
    const before = await sessionsOf(customer)
    const page = await askedForCode(visitor, customer, PASSWORD, site)
    expect([visitor.cookies.has('purser-console'), await sessionsOf(customer)]).toEqual([false, before])
    const wrong = await visitor.submit(page, { code: '000000' })
    expect([wrong.status, errorAt(wrong, 'code')]).toEqual([422, WRONG])
    const answer = await visitor.submit(wrong, { code: codeOf(secret) })
    expect([answer.status, answer.location]).toEqual([303, '/console'])
    expect((await visitor.get('/console')).status).toBe(200)
    expect((await eventsOf(customer)).slice(-3)).toEqual([
      { event: 'customer.password_accepted', details: { email: customer.email } },
      { event: 'customer.login_failed', details: { email: customer.email, why: 'wrong_code' } },
      { event: 'customer.logged_in', details: { factor: 'totp' } },
    ])
    const again = await logInByCode(purser.visitor(), customer, codeOf(secret), site)
    expect([again.status, errorAt(again, 'code')]).toEqual([422, WRONG])
  })

  test('is removed by the customer, and then the password alone lets in', async () => {
    const { customer, browser } = await withApp()
    const page = await browser.get(site.factors)
    const answer = await browser.submit(page, {}, { action: '/removal' })
    expect(answer.location).toBe(site.factors)
    expect(await mailsTo(customer)).toEqual(['factor-added', 'factor-removed'])
    expect(await lastLetterTo(customer)).toContain(LAST_IS_GONE)
    expect(await prisma().recoveryCode.count({ where: { customerId: customer.id } })).toBe(0)
    expect((await logIn(purser.visitor(), customer.email, site.login)).location).toBe('/console')
  })

  test('is nobody else’s to remove, not of another house either', async () => {
    const { customer } = await withApp()
    const { id } = await prisma().factor.findFirstOrThrow({ where: { customerId: customer.id } })
    const stranger = await someone()
    const page = await stranger.browser.get(site.factors)
    const csrf = page.html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
    expect((await stranger.browser.post(`${site.factors}/${id}/removal`, { csrf })).status).toBe(404)
    const owner = await purser.as(purser.northwind.staff.owner)
    const staffPage = await owner.get('/account/factors')
    const token = staffPage.html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
    expect((await owner.post(`/account/factors/${id}/removal`, { csrf: token })).status).toBe(404)
    expect(await prisma().factor.count({ where: { id } })).toBe(1)
  })

  test('is not asked for in a browser that is trusted, until all others are logged out', async () => {
    const { customer, browser, secret } = await withApp()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, customer, PASSWORD, site)
    expect((await visitor.submit(page, { code: codeOf(secret), trusted: 'on' })).status).toBe(303)
    visitor.cookies.delete('purser-console')
    expect((await logIn(visitor, customer.email, site.login)).location).toBe('/console')
    expect((await eventsOf(customer)).at(-1)?.details).toEqual({ factor: 'trusted_browser' })
    const security = await browser.get('/console/security')
    await browser.submit(security, {}, { action: '/security/sessions/end' })
    visitor.cookies.delete('purser-console')
    expect((await logIn(visitor, customer.email, site.login)).location).toBe(site.secondStep)
    // Also where nobody else is logged in any more.
    const alone = await browser.get('/console/security')
    const answer = await browser.submit(alone, {}, { action: '/security/sessions/end' })
    expect(flashOf(await browser.follow(answer))).toMatch(
      /^No other browser was logged in\. Trusted browsers/,
    )
  })

  test('is asked for in a browser that was trusted, once one other is logged out', async () => {
    const { customer, browser, secret } = await withApp()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, customer, PASSWORD, site)
    await visitor.submit(page, { code: codeOf(secret), trusted: 'on' })
    const security = await browser.get('/console/security')
    const forms = security.html.querySelectorAll('form[action^="/console/security/sessions/"]')
    const actions = forms.map((form) => form.getAttribute('action') ?? '')
    const one = actions.filter((action) => action !== '/console/security/sessions/end')
    expect(one).toHaveLength(1)
    await browser.submit(security, {}, { action: one[0] ?? '' })
    expect((await visitor.get('/console')).status).toBe(303)
    expect((await logIn(visitor, customer.email, site.login)).location).toBe(site.secondStep)
  })

  test('is replaced once by a recovery code', async () => {
    const { customer, codes } = await withApp()
    const [code = ''] = codes
    const visitor = purser.visitor()
    const answer = await logInByCode(visitor, customer, code, site)
    expect(flashOf(await visitor.follow(answer))).toContain('9 are left.')
    expect((await logInByCode(purser.visitor(), customer, code, site)).status).toBe(422)
  })
})

test('a stranger learns nothing: every failed login asks for the code, and then says the same', async () => {
  const { customer, secret } = await withApp()
  const { customer: without } = await someone()
  const attempts = [
    { email: customer.email, password: PASSWORD, code: '000000' },
    { email: customer.email, password: 'not the password at all', code: codeOf(secret) },
    { email: without.email, password: 'not the password at all', code: '000000' },
    { email: 'nobody@customer.example', password: PASSWORD, code: '000000' },
  ]
  for (const login of [site.login, '/console/login']) {
    const said: unknown[] = []
    for (const { email, password, code } of attempts) {
      const visitor = purser.visitor()
      const page = await visitor.get(login)
      let asked = page
      const first = await statementsOf(async () => (asked = await visitor.submit(page, { email, password })))
      const step = await visitor.follow(asked)
      let answer = step
      const second = await statementsOf(async () => (answer = await visitor.submit(step, { code })))
      const cookie = visitor.cookies.get('purser-console-half-login') ?? ''
      said.push({
        asked: [asked.status, asked.location],
        page: wordsOf(step).replaceAll(email, 'ADDRESS'),
        answer: [answer.status, errorAt(answer, 'code')],
        statements: [first, second],
        cookie: Buffer.from(cookie, 'base64url').length - Buffer.byteLength(email),
      })
      expect(errorAt(answer, 'code')).toBe(WRONG)
    }
    for (const one of said) expect(one).toEqual(said[0])
  }
})

describe('a second step that took longer than ten minutes', () => {
  /** Has this browser's login begun so long ago. */
  function late(visitor: Visitor) {
    const { keys } = purser.services
    const sealed = visitor.cookies.get('purser-console-half-login') ?? ''
    const half = JSON.parse(keys.open('half-login', sealed, 'customer') ?? '{}') as { at: number }
    const old = JSON.stringify({ ...half, at: half.at - 10 * 60_000 })
    visitor.cookies.set('purser-console-half-login', keys.seal('half-login', old, 'customer'))
  }

  test.each([
    [site.login, 'Northwind'],
    ['/console/login', 'Purser'],
  ])('leads back to the login page where it began, %s', async (login, house) => {
    const { customer, secret } = await withApp()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, customer, PASSWORD, { ...site, login })
    late(visitor)
    expect((await visitor.get(`${site.secondStep}?next=%2Fconsole%2Fbilling`)).location).toBe(
      `${login}?next=%2Fconsole%2Fbilling`,
    )
    const answer = await visitor.submit(page, { code: codeOf(secret) })
    expect(answer.location).toBe(login)
    const again = await visitor.follow(answer)
    expect(flashOf(again)).toContain('within 10 minutes')
    expect(again.html.querySelector('title')?.textContent).toContain(house)
  })

  test('does so with a form that waits for it, whose login was that of the session which ended', async () => {
    const { customer, browser, secret } = await withApp()
    const form = await browser.get('/console/profile')
    await prisma().session.deleteMany({ where: { customerId: customer.id } })
    const login = await browser.submit(form, { name: 'Kept Name' }, { action: '/profile' })
    const { email } = customer
    const asked = await browser.submit(login, { email, password: PASSWORD }, { action: site.login })
    late(browser)
    const again = await browser.submit(asked, { code: codeOf(secret) })
    expect([again.status, again.html.querySelector('form')?.getAttribute('action')]).toEqual([
      422,
      site.login,
    ])
    const once = await browser.submit(again, { email, password: PASSWORD }, { action: site.login })
    const answer = await browser.submit(once, { code: codeOf(secret) })
    expect(answer.html.querySelector('[name="name"]')?.getAttribute('value')).toBe('Kept Name')
  })

  test('whose form is out of date comes again as it is', async () => {
    const { customer, secret } = await withApp()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, customer, PASSWORD, site)
    for (const name of [...visitor.cookies.keys()]) if (/csrf/.test(name)) visitor.cookies.delete(name)
    const again = await visitor.submit(page, { code: codeOf(secret) })
    expect([again.status, again.html.querySelector('form')?.getAttribute('action')]).toEqual([
      403,
      site.secondStep,
    ])
    expect((await visitor.submit(again, { code: codeOf(secret) })).location).toBe('/console')
  })
})

test('where nothing is left of a session but its cookie, its reseller’s own login is the way back', async () => {
  const { customer, browser } = await someone()
  await prisma().session.deleteMany({ where: { customerId: customer.id } })
  for (const [at, to] of [
    ['/console', site.login],
    ['/console/billing', `${site.login}?next=%2Fconsole%2Fbilling`],
    [site.secondStep, site.login],
  ] as const) {
    expect([at, (await browser.get(at)).location]).toEqual([at, to])
  }
  const missing = await browser.get('/console/nobody/login')
  expect([missing.status, missing.text.includes(`href="${site.login}"`)]).toEqual([404, true])
})

describe('a customer’s passkey', () => {
  test('is the whole login, at the own reseller’s page and at the one that all share', async () => {
    const { customer, authenticator } = await withPasskey()
    for (const at of [site.login, '/console/login']) {
      const visitor = purser.visitor()
      const page = await visitor.get(at)
      const answer = await visitor.submit(page, authenticator.use(page))
      expect([at, answer.status, answer.location]).toEqual([at, 303, '/console'])
      expect((await eventsOf(customer)).at(-1)).toEqual({
        event: 'customer.logged_in',
        details: { factor: 'passkey_alone', passkey: 'Laptop' },
      })
    }
  })

  test('is the second step after the password', async () => {
    const { customer, authenticator } = await withPasskey()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, customer, PASSWORD, site)
    expect((await visitor.submit(page, authenticator.use(page))).location).toBe('/console')
  })

  test('opens neither the portal nor another reseller’s console', async () => {
    const { authenticator } = await withPasskey()
    await prisma().reseller.update({
      where: { id: purser.eastgate.reseller.id },
      data: { customerFactorsInUse: true },
    })
    for (const at of ['/login', '/console/eastgate/login']) {
      const visitor = purser.visitor()
      const page = await visitor.get(at)
      const answer = await visitor.submit(page, authenticator.use(page))
      expect([at, answer.status]).toEqual([at, 422])
      expect(refusalOf(answer)).toContain('does not log in to any account here')
    }
  })

  test('of staff opens no console', async () => {
    const owner = await purser.as(purser.northwind.staff.owner)
    const authenticator = new Authenticator(purser.url)
    const page = await owner.get('/account/factors/passkeys/new')
    await owner.submit(page, { name: 'Key', ...authenticator.create(page) })
    const visitor = purser.visitor()
    const login = await visitor.get('/console/login')
    expect((await visitor.submit(login, authenticator.use(login))).status).toBe(422)
    await prisma().recoveryCode.deleteMany({ where: { staffId: purser.northwind.staff.owner.id } })
    await prisma().passkey.deleteMany({ where: { factor: { staffId: purser.northwind.staff.owner.id } } })
    await prisma().factor.deleteMany({ where: { staffId: purser.northwind.staff.owner.id } })
  })
})

describe('an address that is a customer’s of two resellers', () => {
  const email = (() => {
    let count = 0
    return () => `twice-${(count += 1)}@customer.example`
  })()

  /** At northwind with an app, at eastgate with what `facts` say. */
  async function twice(password = PASSWORD) {
    const address = email()
    const here = await withApp({ email: address })
    const there = await makeCustomer(purser.eastgate, { email: address, password })
    return { address, here, there }
  }

  test('is in at the one without a factor, and hears nothing of the other, whose password was used', async () => {
    const { address, here, there } = await twice()
    const visitor = purser.visitor()
    const answer = await logIn(visitor, address, '/console/login')
    expect(answer.location).toBe('/console')
    expect(await sessionsOf(there)).toBe(1)
    expect(wordsOf(await visitor.follow(answer))).not.toContain('Northwind')
    const accepted = { event: 'customer.password_accepted', customerId: { in: [here.customer.id, there.id] } }
    expect(await prisma().auditRow.findMany({ where: accepted, select: { customerId: true } })).toEqual([
      { customerId: here.customer.id },
    ])
  })

  test('is offered both in a browser that has been in the one with the factor, whose code is then asked for', async () => {
    const { address, here } = await twice()
    const { browser } = here
    browser.cookies.delete('purser-console')
    const asked = await logIn(browser, address, '/console/login')
    expect(asked.location).toBe('/console/login/choice')
    const choice = await browser.follow(asked)
    const step = await browser.submit(choice, { reseller: 'northwind' })
    expect(step.location).toBe(site.secondStep)
    const answer = await browser.submit(await browser.follow(step), { code: codeOf(here.secret) })
    expect([answer.status, answer.location]).toEqual([303, '/console'])
    expect((await eventsOf(here.customer)).at(-1)?.details).toEqual({ factor: 'totp' })
  })

  test('is in where the code is right, if both have one', async () => {
    const { address, here, there } = await twice()
    const visitor = purser.visitor()
    expect((await logIn(visitor, address, '/console/eastgate/login')).location).toBe('/console')
    const second = await addApp(purser, visitor, 'Tablet', site)
    for (const [secret, customer] of [
      [here.secret, here.customer],
      [second.secret, there],
    ] as const) {
      const stranger = purser.visitor()
      const page = await askedForCode(stranger, { email: address }, PASSWORD, {
        ...site,
        login: '/console/login',
      })
      expect((await stranger.submit(page, { code: codeOf(secret) })).location).toBe('/console')
      expect((await eventsOf(customer)).at(-1)?.details).toEqual({ factor: 'totp' })
    }
  })

  test('is not in by a code of the one whose password it was not', async () => {
    const { address, here } = await twice('another password of theirs')
    const visitor = purser.visitor()
    const answer = await logIn(visitor, address, '/console/login', 'another password of theirs')
    expect(answer.location).toBe('/console')
    const stranger = purser.visitor()
    const asked = await logIn(stranger, address, '/console/login', 'neither of the two')
    const step = await stranger.follow(asked)
    expect((await stranger.submit(step, { code: codeOf(here.secret) })).status).toBe(422)
  })
})

describe('what codes count towards', () => {
  const counters = (limit: string) => ({ where: { key: { startsWith: `${limit}:` } } })
  const start = () => prisma().throttle.deleteMany()
  const fill = (limit: string, points: number) =>
    prisma().throttle.updateMany({ ...counters(limit), data: { points } })
  const pointsOf = async (limit: string) =>
    (await prisma().throttle.findMany(counters(limit))).map(({ points }) => points)
  const shared = { ...site, login: '/console/login' }
  afterAll(start)

  test('at the shared page shuts no code out at a reseller’s own, which would tell who is its customer', async () => {
    const { customer } = await withApp()
    const said: number[] = []
    for (const email of [customer.email, 'never@customer.example']) {
      await start()
      const visitor = purser.visitor()
      const page = await askedForCode(visitor, { email }, 'wrong password', shared)
      expect((await visitor.submit(page, { code: '000000' })).status).toBe(422)
      await fill('login-code', 50)
      const stranger = purser.visitor()
      const step = await askedForCode(stranger, { email }, 'wrong password', site)
      said.push((await stranger.submit(step, { code: '000000' })).status)
    }
    expect(said).toEqual([422, 422])
  })

  test('is taken back once for one password, however often its cookie is sent', async () => {
    await start()
    const { customer, codes } = await withApp()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, customer, PASSWORD, site)
    const half = visitor.cookies.get('purser-console-half-login') as string
    await fill('login-network', 50)
    await visitor.submit(page, { code: codes[0] as string })
    expect(await pointsOf('login-network')).toEqual([49])
    for (const code of codes.slice(1, 4)) {
      const again = purser.visitor()
      again.cookies.set('purser-console-half-login', half)
      const step = await again.get(site.secondStep)
      expect((await again.submit(step, { code })).location).toBe('/console')
    }
    expect(await pointsOf('login-network')).toEqual([49])
  })

  test('takes nothing back at another account of the address, whose password it was not', async () => {
    const email = 'guessed@customer.example'
    const { secret } = await withApp({ email })
    await makeCustomer(purser.eastgate, { email, password: 'the other one’s secret' })
    await start()
    const answer = await logInByCode(purser.visitor(), { email }, codeOf(secret), shared)
    expect(answer.location).toBe('/console')
    expect((await pointsOf('login-shared')).sort()).toEqual([0, 0, 1])
    expect((await pointsOf('login-account')).sort()).toEqual([0, 0, 1])
  })
})

describe('where the reseller', () => {
  afterAll(() => choose(purser.northwind, 'offered'))

  test('offers none, nobody can add one, and whoever has one is asked for it and can remove it', async () => {
    const { customer, browser, secret } = await withApp()
    const other = await someone()
    const page = await other.browser.get(`${site.factors}/new`)
    await choose(purser.northwind, 'off')
    expect(wordsOf(await other.browser.get('/console/security'))).not.toContain('Second factors')
    expect((await other.browser.get(`${site.factors}/new`)).status).toBe(403)
    const sent = await other.browser.submit(page, { code: codeOf(secretOn(page)) })
    expect(sent.status).toBe(403)
    expect(await prisma().factor.count({ where: { customerId: other.customer.id } })).toBe(0)
    expect((await logInByCode(purser.visitor(), customer, codeOf(secret), site)).location).toBe('/console')
    const list = await browser.get(site.factors)
    expect(wordsOf(list)).toContain('does not offer second factors at present')
    expect((await browser.submit(list, {}, { action: '/removal' })).location).toBe(site.factors)
  })

  test('requires one, sessions go on and are told; the next login gets no further than to the set-up', async () => {
    await choose(purser.northwind, 'offered')
    const { customer, browser } = await someone()
    await choose(purser.northwind, 'required')
    const told = await browser.get('/console')
    expect([told.status, wordsOf(told).includes('From your next login or change of password on')]).toEqual([
      200,
      true,
    ])
    const next = purser.visitor()
    expect((await logIn(next, customer.email, site.login)).location).toBe('/console')
    const profile = await browser.get('/console/profile')
    for (const at of ['/console', '/console/billing', '/console/profile', '/console/security']) {
      expect([at, (await next.get(at)).location]).toEqual([at, site.factors])
    }
    // A form that was open in the other browser is answered by a page that keeps it.
    const csrf =
      (await next.get(site.factors)).html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
    const kept = await next.post('/console/profile', { csrf, name: 'Another Name', phone: '', version: '1' })
    expect([kept.status, wordsOf(kept).includes('Add a second factor first')]).toEqual([403, true])
    expect((await prisma().customer.findFirstOrThrow({ where: { id: customer.id } })).name).toBe(
      customer.name,
    )
    expect(profile.status).toBe(200)
    await addApp(purser, next, 'Phone', site)
    expect((await next.get('/console')).status).toBe(200)
    // The last one stays.
    const list = await next.get(site.factors)
    expect(wordsOf(list)).toContain('requires it. To remove it, add another one first.')
    const { id } = await prisma().factor.findFirstOrThrow({ where: { customerId: customer.id } })
    const removal = await next.post(`${site.factors}/${id}/removal`, { csrf })
    expect(removal.status).toBe(409)
  })

  test('requires one, a temporary password is changed first', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    await choose(purser.northwind, 'required')
    await prisma().customer.updateMany({ where: { id: customer.id }, data: { mustChangePassword: true } })
    const browser = await purser.asCustomer(customer)
    expect((await browser.get('/console')).location).toBe('/console/password')
    const page = await browser.get('/console/password')
    const changed = await browser.submit(page, { current: PASSWORD, password: 'zebra lamp river moon' })
    expect(changed.status).toBe(303)
    expect((await browser.get('/console')).location).toBe(site.factors)
  })

  test('chooses, in Settings: with a proof, an event, and nothing lost where two choose at once', async () => {
    await choose(purser.northwind, 'offered')
    const owner = await purser.as(purser.northwind.staff.owner)
    const page = await owner.get('/settings/customer-factors')
    const saved = await owner.submit(page, { customerFactors: 'required' })
    expect(saved.location).toBe('/settings')
    expect(flashOf(await owner.follow(saved))).toContain('Saved the setting for second factors of customers.')
    const row = await prisma().auditRow.findFirstOrThrow({
      where: { event: 'reseller.customer_factors_chosen', resellerId: purser.northwind.reseller.id },
      orderBy: { at: 'desc' },
    })
    expect(row.details).toEqual({ before: 'offered', after: 'required' })
    const late = await owner.submit(page, { customerFactors: 'off' })
    expect(late.status).toBe(409)
    for (const wrong of ['', 'maybe']) {
      expect((await owner.submit(page, { customerFactors: wrong })).status).toBe(422)
    }
  })
})

describe('staff who are logged in as the customer', () => {
  test.each(['readonly', 'admin'] as const)(
    'are not asked for the customer’s factor under %s, see which there are, no secret, and change none',
    async (mode) => {
      const { customer } = await withApp()
      await choose(purser.northwind, 'required')
      const staff = await purser.as(purser.northwind.staff.admin)
      expect((await enter(staff, customer, mode)).status).toBe(200)
      const list = await staff.get(site.factors)
      expect([list.status, wordsOf(list).includes('Phone')]).toEqual([200, true])
      expect(list.html.querySelectorAll('form[action*="/removal"]')).toHaveLength(0)
      for (const at of ['new', 'passkeys/new']) {
        expect((await staff.get(`${site.factors}/${at}`)).location).toBe(site.factors)
      }
      const csrf = list.html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
      const { id } = await prisma().factor.findFirstOrThrow({ where: { customerId: customer.id } })
      for (const at of ['', '/passkeys', '/recovery-codes', `/${id}/removal`]) {
        const answer = await staff.post(`${site.factors}${at}`, { csrf, name: 'Mine', code: '000000' })
        expect([at, answer.status]).toEqual([at, 403])
      }
      expect(await prisma().factor.count({ where: { customerId: customer.id } })).toBe(1)
      await choose(purser.northwind, 'offered')
    },
  )
})

describe('a customer’s page and Reset Password', () => {
  test('say that the password is not enough where a second factor is asked for, and nothing of it where none is', async () => {
    const staff = await purser.as(purser.northwind.staff.admin)
    const said = async ({ id }: { id: string }) => {
      const verdict = (await staff.get(`/customers/${id}`)).html.querySelector('.access-verdict')
      const page = await staff.get(`/customers/${id}/password-reset`)
      const generated = await staff.submit(page, {}, { action: '/candidate' })
      const confirmed = await staff.submit(generated, {}, { action: '/password-reset' })
      return [
        verdict?.textContent.replaceAll(/\s+/g, ' ').trim(),
        wordsOf(generated).includes('The customer can log in with it and their second factor at'),
        wordsOf(generated).includes('The second factor stays: the customer is still asked for it at login.'),
        flashOf(await staff.follow(confirmed)).includes('where the second factor is still asked for'),
      ]
    }
    expect(await said((await withApp()).customer)).toEqual([
      ...['Can log in with the correct password and a second factor.', true, true, true],
    ])
    expect(await said((await someone()).customer)).toEqual([
      ...['Can log in with the correct password.', false, false, false],
    ])
  })
})

describe('a reset of a customer’s factors', () => {
  const reset = (staff: Visitor, { id }: { id: string }) =>
    staff
      .get(`/customers/${id}/factor-reset`)
      .then((page) => staff.submit(page, { reason: 'Lost the phone, came with a passport' }))

  test('takes them away, ends the sessions, tells the customer, and marks what a login after it does', async () => {
    const { customer, browser, secret } = await withApp()
    await prisma().customer.updateMany({ where: { id: customer.id }, data: { emailVerifiedAt: new Date() } })
    const staff = await purser.as(purser.northwind.staff.admin)
    expect(wordsOf(await staff.get(`/customers/${customer.id}`))).toContain('Reset second factors')
    const answer: Answer = await reset(staff, customer)
    expect(answer.location).toBe(`/customers/${customer.id}`)
    expect(await prisma().factor.count({ where: { customerId: customer.id } })).toBe(0)
    expect(await prisma().recoveryCode.count({ where: { customerId: customer.id } })).toBe(0)
    expect((await browser.get('/console')).status).not.toBe(200)
    expect((await mailsTo(customer)).at(-1)).toBe('factors-reset')
    expect((await eventsOf(customer)).at(-1)).toEqual({
      event: 'customer.factors_reset',
      details: { reason: 'Lost the phone, came with a passport' },
    })
    const again = purser.visitor()
    expect((await logIn(again, customer.email, site.login)).location).toBe('/console')
    expect(wordsOf(await again.get('/console/security'))).toMatch(/after a reset by Admin Person/i)
    const last = await prisma().auditRow.findFirstOrThrow({
      where: { customerId: customer.id, event: 'customer.logged_in' },
      orderBy: { at: 'desc' },
    })
    expect(last.afterResetBy).toBe('Admin Person')
    const used = await logIn(purser.visitor(), customer.email, site.login)
    expect(used.location).toBe('/console')
    expect(secret).not.toBe('')
    const second = await reset(staff, customer)
    expect(second.status).toBe(409)
  })

  test.each([
    {
      factors: 'off',
      asks: 'the password alone is enough to log in.',
      says: 'The password alone is enough to log in.',
      mail: 'The password alone is now enough to log in:',
      isNot: 'set up a second factor again',
      leads: /\/console\/security$/m,
      link: 'Until you set a password with a link that you can request in the console under Security',
    },
    {
      factors: 'offered',
      asks: 'the password alone is enough to log in.',
      says: 'The password alone is enough to log in.',
      mail: 'Log in with your password, then set up a second factor again:',
      isNot: 'is now enough',
      leads: /\/console\/security\/factors$/m,
      link: 'Until you set a password with a link that you can request in the console under Security',
    },
    {
      factors: 'required',
      asks: 'the password alone is enough to log in and set up a new second factor.',
      says: 'The customer logs in with the password alone, then has to set up a new one.',
      mail: 'Log in with your password, then set up a second factor again:',
      isNot: 'is now enough',
      leads: /\/console\/security\/factors$/m,
      link: 'After that, you can request a link to set a password in the console under Security.',
    },
  ] as const)(
    'where second factors are $factors says what is next, to staff and in the mail',
    async ({ factors, asks, says, mail, isNot, leads, link }) => {
      const { customer } = await withApp()
      const emailVerifiedAt = new Date()
      await prisma().customer.update({
        where: { resellerId_id: { resellerId: purser.northwind.reseller.id, id: customer.id } },
        data: { emailVerifiedAt },
      })
      await choose(purser.northwind, factors)
      const staff = await purser.as(purser.northwind.staff.admin)
      const page = await staff.get(`/customers/${customer.id}/factor-reset`)
      expect(wordsOf(page)).toContain(asks)
      const answer = await staff.submit(page, { reason: 'Lost the phone' })
      expect(flashOf(await staff.follow(answer))).toContain(says)
      const letter = await lastLetterTo(customer)
      expect(letter).toContain(mail)
      expect(letter).not.toContain(isNot)
      expect(letter).toMatch(leads)
      expect(letter).toContain(link)
      await choose(purser.northwind, 'offered')
    },
  )
})
