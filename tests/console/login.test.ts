import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sessionDigest } from '../../src/people/session-store.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows } from '../support/rows.ts'
import { type Answer, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser({ env: { TRUST_PROXY: 'loopback' } })
})
afterAll(() => purser.stop())
beforeEach(() => prisma().throttle.deleteMany())

const prisma = () => purser.owner.prisma
const WRONG = 'not the password at all'
const OTHER = 'zebra lamp river moon'
const NOT_FITTING = 'Incorrect e-mail address or password.'

const OFF = { state: 'OFF', stateReason: 'a test', stateMessage: 'Not today.' } as const

const at = ({ resellerId, id }: { resellerId: string; id: string }) => ({ resellerId_id: { resellerId, id } })

/** Logs in with a new browser, at a reseller's door or at the one that all share. */
async function logIn(
  { email }: { email: string },
  password: string = PASSWORD,
  { door = '/console/login', ip = '198.51.100.1', browser = purser.visitor() } = {},
) {
  const form = await browser.get(door)
  const answer = await browser.submit(form, { email, password }, { headers: { 'X-Forwarded-For': ip } })
  return { browser, answer }
}

const isIn = ({ status, location }: Answer) => status === 303 && location === '/console'

describe('a customer’s login', () => {
  test('lets in under a new session id, and is noted', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = purser.visitor()
    browser.cookies.set('purser-console', 's%3Achosen-by-a-stranger.signature')
    const { answer } = await logIn(customer, PASSWORD, { browser })
    expect([answer.status, answer.location]).toEqual([303, '/console'])
    expect(wordsOf(await browser.get('/console'))).toContain(customer.email)
    const id = browser.sessionId('console')
    expect(id).toMatch(new RegExp(`^${purser.northwind.reseller.id}\\.[\\w-]{43}$`))
    const session = await prisma().session.findFirstOrThrow({ where: { id: sessionDigest(id) } })
    expect(session).toMatchObject({ customerId: customer.id, staffId: null, loginAsId: null })
    expect((await customerRow(purser.northwind, customer)).lastLoginAt).not.toBeNull()
    expect(await eventRows(purser.northwind, customer, 'customer.logged_in')).toMatchObject([
      { actorKind: 'customer', actorId: customer.id, actorName: customer.email, ip: '198.51.100.1' },
    ])
  })

  test('stands in its reseller’s name at its own door; there is none for a reseller that is not', async () => {
    const visitor = purser.visitor()
    expect((await visitor.get('/console/northwind/login')).text).toContain('Northwind Cloud')
    expect((await visitor.get('/console/Eastgate/login')).text).toContain('Eastgate')
    for (const slug of ['nobody', '..%2F..', '%00', '__proto__', 'x'.repeat(300)]) {
      expect((await visitor.get(`/console/${slug}/login`)).status).toBe(404)
    }
    const csrf = valueOf(await visitor.get('/console/login'), 'csrf') ?? ''
    const posted = await visitor.post('/console/nobody/login', {
      csrf,
      email: 'a@b.example',
      password: PASSWORD,
    })
    expect(posted.status).toBe(404)
  })

  test.each([
    ['/console/northwind', '/console/northwind/login'],
    ['/console/Northwind/', '/console/northwind/login'],
    ['/console/northwind?next=%2Fconsole%2Fbilling', '/console/northwind/login?next=%2Fconsole%2Fbilling'],
    ['/console/northwind?next=https%3A%2F%2Felsewhere.example', '/console/northwind/login'],
  ])('%s leads to the login there', async (address, login) => {
    const answer = await purser.visitor().get(address)
    expect([answer.status, answer.location]).toEqual([303, login])
  })

  test('at a door opens this reseller’s account only', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const elsewhere = await logIn(customer, PASSWORD, { door: '/console/eastgate/login' })
    expect(elsewhere.answer.status).toBe(422)
    expect(isIn((await logIn(customer, PASSWORD, { door: '/console/northwind/login' })).answer)).toBe(true)
  })

  test('says the same to an unknown address, a wrong password and one that is not set yet', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const without = await makeCustomer(purser.northwind)
    for (const door of ['/console/login', '/console/northwind/login']) {
      const said = []
      for (const [email, password] of [
        ['nobody@customer.example', PASSWORD],
        [customer.email, WRONG],
        [without.email, PASSWORD],
      ] as const) {
        const { answer, browser } = await logIn({ email }, password, { door })
        expect(answer.status).toBe(422)
        expect(valueOf(answer, 'email')).toBe(email)
        expect(answer.text).not.toContain(password)
        expect(browser.cookies.has('purser-console')).toBe(false)
        expect(browser.cookies.has('purser-console-device')).toBe(false)
        said.push(wordsOf(answer))
      }
      expect(new Set(said).size).toBe(1)
      expect(said[0]).toContain(NOT_FITTING)
    }
  })

  test('takes no staff, and staff’s login takes no customer', async () => {
    expect((await logIn(purser.northwind.staff.owner)).answer.status).toBe(422)
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = purser.visitor()
    const answer = await browser.submit(await browser.get('/login'), {
      email: customer.email,
      password: PASSWORD,
    })
    expect(answer.status).toBe(422)
  })

  test('goes on to the page that was asked for, and never out of the console', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = purser.visitor()
    const turnedAway = await browser.get('/console/billing?from=2026-01-01')
    const form = await browser.follow(turnedAway)
    const answer = await browser.submit(form, { email: customer.email, password: PASSWORD })
    expect(answer.location).toBe('/console/billing?from=2026-01-01')
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/customers',
      '/consoles',
    ]) {
      const other = purser.visitor()
      const login = await other.get('/console/login')
      const sent = await other.submit(login, { email: customer.email, password: PASSWORD, next })
      expect([next, sent.location]).toEqual([next, '/console'])
    }
  })

  test('after it ran out, the way back leads to the reseller’s own door', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = await purser.asCustomer(customer)
    await prisma().session.updateMany({
      where: { customerId: customer.id },
      data: { lastSeenAt: new Date(Date.now() - 61 * 60_000) },
    })
    const answer = await browser.get('/console/security')
    expect(answer.location).toBe('/console/northwind/login?next=%2Fconsole%2Fsecurity')
  })
})

describe('a customer who is OFF', () => {
  test('is told so in the reseller’s words, but only after the right password', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD, state: 'OFF' })
    await prisma().customer.update({
      where: at(customer),
      data: { stateMessage: 'Call us on Monday.', stateReason: 'A secret reason' },
    })
    const wrong = await logIn(customer, WRONG)
    expect(wordsOf(wrong.answer)).toContain(NOT_FITTING)
    expect(wrong.answer.text).not.toContain('Call us on Monday.')
    const { answer, browser } = await logIn(customer)
    expect(answer.status).toBe(422)
    expect(refusalOf(answer)).toBe(
      'Northwind Cloud has turned off your account. Call us on Monday. Questions? Contact owner@northwind.example.',
    )
    expect(answer.text).not.toContain('secret reason')
    expect(browser.cookies.has('purser-console')).toBe(false)
    expect((await customerRow(purser.northwind, customer)).lastLoginAt).toBeNull()
    expect(await eventRows(purser.northwind, customer, 'customer.login_failed')).toMatchObject([
      { details: { why: 'wrong_password' } },
      { details: { why: 'off' } },
    ])
  })

  test('without a message is told whom to ask', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD, state: 'OFF' })
    expect(refusalOf((await logIn(customer)).answer)).toContain('Contact owner@northwind.example')
  })
})

describe('a temporary password', () => {
  test('that ran out is refused in words, after the right password only', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    await prisma().customer.update({
      where: at(customer),
      data: { mustChangePassword: true, passwordExpiresAt: new Date(Date.now() - 1000) },
    })
    expect(refusalOf((await logIn(customer, WRONG)).answer)).toBe(NOT_FITTING)
    const { answer } = await logIn(customer)
    expect(answer.status).toBe(422)
    expect(refusalOf(answer)).toContain('This temporary password has expired. Ask Northwind Cloud')
    const rows = await eventRows(purser.northwind, customer, 'customer.login_failed')
    expect(rows.at(-1)?.details).toMatchObject({ why: 'password_expired' })
  })
})

describe('an address at several resellers', () => {
  async function twins(passwords: [string, string]) {
    const email = `twin-${Math.random().toString(36).slice(2)}@customer.example`
    const north = await makeCustomer(purser.northwind, { email, password: passwords[0] })
    const east = await makeCustomer(purser.eastgate, { email, password: passwords[1] })
    return { north, east, email }
  }
  const whoseSession = async (customers: { id: string }[]) => {
    const ids = customers.map(({ id }) => id)
    const found = await prisma().session.findMany({ where: { customerId: { in: ids } } })
    return found.map(({ customerId }) => customerId)
  }

  test('leads to the one whose password it is, without a question', async () => {
    const { north, east } = await twins([PASSWORD, OTHER])
    expect(isIn((await logIn(east, OTHER)).answer)).toBe(true)
    expect(await whoseSession([north, east])).toEqual([east.id])
  })

  test('with the same password is asked which one; nobody is in before the answer', async () => {
    const { north, east } = await twins([PASSWORD, PASSWORD])
    const { answer, browser } = await logIn(north)
    expect(answer.location).toBe('/console/login/choice')
    expect((await browser.get('/console')).status).toBe(303)
    const question = await browser.follow(answer)
    expect(wordsOf(question)).toContain('Eastgate')
    expect(wordsOf(question)).toContain('Northwind Cloud')
    expect(question.text).not.toContain(PASSWORD)
    expect(await whoseSession([north, east])).toEqual([])
    const chosen = await browser.submit(question, { reseller: 'eastgate' })
    expect(isIn(chosen)).toBe(true)
    expect(await whoseSession([north, east])).toEqual([east.id])
    expect((await browser.get('/console')).text).toContain('Eastgate')
    expect(await eventRows(purser.eastgate, east, 'customer.logged_in')).toHaveLength(1)
    expect(await eventRows(purser.northwind, north, 'customer.logged_in')).toHaveLength(0)
  })

  test('is asked nothing before a password fitted', async () => {
    const { email } = await twins([PASSWORD, PASSWORD])
    const { answer, browser } = await logIn({ email }, WRONG)
    expect(refusalOf(answer)).toBe(NOT_FITTING)
    expect(answer.text).not.toContain('Eastgate')
    expect((await browser.get('/console/login/choice')).location).toBe('/console/login')
  })

  test('the answer cannot be made up, is no one else’s, and ends with a changed password', async () => {
    const { north, east } = await twins([PASSWORD, PASSWORD])
    const { answer, browser } = await logIn(north)
    const question = await browser.follow(answer)
    expect((await browser.submit(question, { reseller: 'nobody' })).status).toBe(422)
    expect((await browser.submit(question, { reseller: '' })).status).toBe(422)

    const stranger = purser.visitor()
    const csrf = valueOf(await stranger.get('/console/login'), 'csrf') ?? ''
    const uninvited = await stranger.post('/console/login/choice', { csrf, reseller: 'northwind' })
    expect(uninvited.location).toBe('/console/login')

    const offered = browser.cookies.get('purser-console-choice') ?? ''
    const later = offered.replace(/^\d{13}/, (until) => String(Number(until) + 3_600_000))
    browser.cookies.set('purser-console-choice', later)
    expect((await browser.get('/console/login/choice')).location).toBe('/console/login')

    browser.cookies.set('purser-console-choice', offered)
    await prisma().customer.update({ where: at(east), data: { passwordHash: 'changed meanwhile' } })
    const late = await browser.submit(question, { reseller: 'northwind' })
    expect(late.location).toBe('/console/login')
    expect(await whoseSession([north, east])).toEqual([])
  })

  test('choosing the one that is OFF is refused in its words', async () => {
    const { north, east } = await twins([PASSWORD, PASSWORD])
    await prisma().customer.update({ where: at(east), data: OFF })
    const { answer, browser } = await logIn(north)
    const refused = await browser.submit(await browser.follow(answer), { reseller: 'eastgate' })
    expect(refused.status).toBe(422)
    expect(refusalOf(refused)).toBe(
      'Eastgate has turned off your account. Not today. Questions? Contact owner@eastgate.example.',
    )
    expect(isIn(await browser.submit(refused, { reseller: 'northwind' }))).toBe(true)
  })

  test('getting in at one wipes no failures off the other: its staff could guess the password otherwise', async () => {
    const { north, east, email } = await twins([PASSWORD, OTHER])
    for (let round = 0; round < 11; round++) {
      await logIn({ email }, WRONG, { door: '/console/northwind/login' })
      await logIn({ email }, OTHER)
    }
    const guessed = await logIn(north, PASSWORD, { door: '/console/northwind/login' })
    expect(guessed.answer.status).toBe(429)
    expect(isIn((await logIn(east, OTHER)).answer)).toBe(true)
  })
})

describe('logging out', () => {
  test('ends the session for good, is noted, and leads to the reseller’s door', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = await purser.asCustomer(customer)
    const cookie = browser.cookies.get('purser-console') ?? ''
    const answer = await browser.submit(await browser.get('/console'), {}, { action: '/logout' })
    expect([answer.status, answer.location]).toEqual([303, '/console/northwind/login'])
    const old = purser.visitor()
    old.cookies.set('purser-console', cookie)
    expect((await old.get('/console')).location).toBe('/console/northwind/login')
    expect(await prisma().session.count({ where: { customerId: customer.id } })).toBe(0)
    expect(await eventRows(purser.northwind, customer, 'customer.logged_out')).toMatchObject([
      { actorKind: 'customer', actorId: customer.id },
    ])
  })

  test('a GET of its address does nothing', async () => {
    const browser = await purser.asCustomer(await makeCustomer(purser.northwind, { password: PASSWORD }))
    expect((await browser.get('/console/logout')).location).toBe('/console')
    expect((await browser.get('/console')).status).toBe(200)
  })
})
