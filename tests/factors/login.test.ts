import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashPassword } from '../../src/people/password-hash.ts'
import { PASSWORD, type Member, makeMember } from '../support/cast.ts'
import {
  addApp,
  addFirstApp,
  askedForCode,
  codeOf,
  logInByCode,
  secretOn,
  steadyStep,
} from '../support/factors.ts'
import { type RunningPurser, startEmptyPurser, startPurser } from '../support/purser.ts'
import { statementsOf } from '../support/statements.ts'
import { type Answer, type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const WRONG = 'Incorrect e-mail address, password or code. A code can be used only once.'

/** Somebody with an authenticator app, whose recovery codes are known. */
async function withApp() {
  const member = await makeMember(purser.northwind, 'support')
  const browser = await purser.as(member)
  return { member, browser, ...(await addApp(purser, browser)) }
}

const eventsOf = async ({ id, email }: Member) =>
  (
    await prisma().auditRow.findMany({
      where: { OR: [{ actorId: id }, { details: { path: ['email'], equals: email } }] },
      orderBy: [{ at: 'asc' }, { id: 'asc' }],
    })
  ).map(({ event, details }) => ({ event, details }))

const sessionsOf = ({ id }: Member) => prisma().session.count({ where: { staffId: id } })

test('the first step opens no session and leads to the code, which lets in', async () => {
  const { member, secret } = await withApp()
  const before = await sessionsOf(member)
  const visitor = purser.visitor()
  const page = await askedForCode(visitor, member)
  expect(visitor.cookies.has('purser-portal')).toBe(false)
  expect(await sessionsOf(member)).toBe(before)
  expect((await visitor.get('/customers')).location).toMatch(/^\/login\?/)
  expect(page.html.querySelector('h1')?.textContent).toBe('Confirm your login')
  expect(wordsOf(page)).toContain(`Logging in as ${member.email}`)

  const answer = await visitor.submit(page, { code: codeOf(secret) })
  expect([answer.status, answer.location]).toEqual([303, '/customers'])
  expect((await visitor.get('/customers')).status).toBe(200)
  expect(visitor.cookies.has('purser-half-login')).toBe(false)
  expect(await sessionsOf(member)).toBe(before + 1)
  expect((await eventsOf(member)).slice(-2)).toEqual([
    { event: 'staff.password_accepted', details: { email: member.email } },
    { event: 'staff.logged_in', details: { factor: 'totp' } },
  ])
})

test('where the login was on the way to, and what was typed before it, is kept', async () => {
  const { member, secret } = await withApp()
  const visitor = purser.visitor()
  const login = await visitor.get('/login?next=/tags')
  const asked = await visitor.submit(login, { email: member.email, password: PASSWORD })
  expect(asked.location).toBe('/login/factor?next=%2Ftags')
  const answer = await visitor.submit(await visitor.follow(asked), { code: codeOf(secret) })
  expect(answer.location).toBe('/tags')
})

describe('a form that was sent after its session had ended', () => {
  test('comes back after the code', async () => {
    const { member, browser, secret } = await withApp()
    const form = await browser.get('/account/factors/new')
    await prisma().session.deleteMany({ where: { staffId: member.id } })
    const login = await browser.submit(form, { name: 'Tablet', code: '123456' })
    const asked = await browser.submit(
      login,
      { email: member.email, password: PASSWORD },
      { action: '/login' },
    )
    expect(asked.status).toBe(200)
    const answer = await browser.submit(asked, { code: codeOf(secret) })
    expect(answer.status).toBe(200)
    expect(answer.html.querySelector('[name="name"]')?.getAttribute('value')).toBe('Tablet')
  })

  test('comes back after a recovery code, and says so, once', async () => {
    const { member, browser, codes } = await withApp()
    const form = await browser.get('/account/factors/new')
    await prisma().session.deleteMany({ where: { staffId: member.id } })
    const login = await browser.submit(form, { name: 'Tablet', code: '123456' })
    const { email } = member
    const asked = await browser.submit(login, { email, password: PASSWORD }, { action: '/login' })
    const answer = await browser.submit(asked, { code: codes[0] ?? '' })
    expect(valueOf(answer, 'name')).toBe('Tablet')
    expect(flashOf(answer)).toBe('You logged in with a recovery code. 9 are left.')
    expect(flashOf(await browser.get('/account'))).toBe('')
  })
})

test('the person sees by what they got in', async () => {
  const { member, secret, codes } = await withApp()
  await logInByCode(purser.visitor(), member, codes[0] ?? '')
  const browser = purser.visitor()
  await logInByCode(browser, member, codeOf(secret))
  const page = await browser.get('/account')
  const logins = page.html.querySelectorAll('[aria-labelledby="logins-title"] li')
  const means = logins.map((login) => login.querySelectorAll('p')[1]?.textContent)
  expect(means).toEqual(['Password and code', 'Password and recovery code', undefined])
})

test('whoever mistyped the password starts over with the address that they entered', async () => {
  const { member } = await withApp()
  const visitor = purser.visitor()
  const { email } = member
  const asked = await visitor.submit(await visitor.get('/login'), { email, password: 'not the password' })
  const page = await visitor.follow(asked)
  expect(wordsOf(page)).toContain('the e-mail address or the password was incorrect: start over.')
  const startOver = page.html.querySelector('.form-actions a')?.getAttribute('href') ?? ''
  expect(valueOf(await visitor.get(startOver), 'email')).toBe(email)
  expect(valueOf(await purser.visitor().get(startOver), 'email')).toBe('')
})

describe('a form that waited for a code which came too late', () => {
  test('goes along with the next login', async () => {
    const { member, browser, secret } = await withApp()
    const form = await browser.get('/account/factors/new')
    await prisma().session.deleteMany({ where: { staffId: member.id } })
    const login = await browser.submit(form, { name: 'Tablet', code: '123456' })
    const { email } = member
    const asked = await browser.submit(login, { email, password: PASSWORD }, { action: '/login' })
    browser.cookies.delete('purser-half-login')
    const again = await browser.submit(asked, { code: codeOf(secret) })
    expect([again.status, wordsOf(again).includes('within 10 minutes after the password')]).toEqual([
      422,
      true,
    ])
    const once = await browser.submit(again, { email, password: PASSWORD }, { action: '/login' })
    const answer = await browser.submit(once, { code: codeOf(secret) })
    expect(answer.html.querySelector('[name="name"]')?.getAttribute('value')).toBe('Tablet')
  })
})

test('a stranger learns nothing: every failed login asks for the code, and then says the same', async () => {
  const { member, secret } = await withApp()
  const without = await makeMember(purser.northwind, 'support')
  const off = await withApp()
  await prisma().staff.updateMany({ where: { id: off.member.id }, data: { state: 'OFF' } })
  const attempts = [
    { email: member.email, password: PASSWORD, code: '000000' },
    { email: member.email, password: 'not the password at all', code: '000000' },
    { email: member.email, password: 'not the password at all', code: codeOf(secret) },
    { email: without.email, password: 'not the password at all', code: '000000' },
    { email: off.member.email, password: PASSWORD, code: codeOf(off.secret) },
    { email: 'nobody@northwind.example', password: PASSWORD, code: '000000' },
  ]
  const said: unknown[] = []
  for (const { email, password, code } of attempts) {
    const visitor = purser.visitor()
    const login = await visitor.get('/login')
    let asked = login
    const first = await statementsOf(async () => (asked = await visitor.submit(login, { email, password })))
    const page = await visitor.follow(asked)
    let answer = page
    const second = await statementsOf(async () => (answer = await visitor.submit(page, { code })))
    const cookie = visitor.cookies.get('purser-half-login') ?? ''
    said.push({
      asked: [asked.status, asked.location],
      page: wordsOf(page).replaceAll(email, 'ADDRESS'),
      answer: [answer.status, errorAt(answer, 'code')],
      statements: [first, second],
      // As long as its address makes it.
      cookie: Buffer.from(cookie, 'base64url').length - Buffer.byteLength(email),
    })
    expect(errorAt(answer, 'code')).toBe(WRONG)
  }
  for (const one of said) expect(one).toEqual(said[0])
})

test('the right password with a wrong code does nothing and is noted', async () => {
  const { member } = await withApp()
  const visitor = purser.visitor()
  const answer = await logInByCode(visitor, member, '000000')
  expect([answer.status, errorAt(answer, 'code')]).toEqual([422, WRONG])
  expect(visitor.cookies.has('purser-portal')).toBe(false)
  expect((await eventsOf(member)).slice(-2)).toEqual([
    { event: 'staff.password_accepted', details: { email: member.email } },
    { event: 'staff.login_failed', details: { email: member.email, why: 'wrong_code' } },
  ])
})

describe('a code', () => {
  test.each([-1, 0, 1])('fits though the clocks differ by %i steps', async (steps) => {
    const { member, secret } = await withApp()
    await steadyStep()
    expect((await logInByCode(purser.visitor(), member, codeOf(secret, steps))).status).toBe(303)
  })

  test.each([-2, 2])('does not fit where they differ by %i', async (steps) => {
    const { member, secret } = await withApp()
    await steadyStep()
    expect((await logInByCode(purser.visitor(), member, codeOf(secret, steps))).status).toBe(422)
  })

  test('counts once, and none of before it counts after it', async () => {
    const { member, secret } = await withApp()
    await steadyStep()
    expect((await logInByCode(purser.visitor(), member, codeOf(secret, 1))).status).toBe(303)
    for (const steps of [1, 0]) {
      expect((await logInByCode(purser.visitor(), member, codeOf(secret, steps))).status).toBe(422)
    }
  })

  test('counts once where it comes to two processes at once', async () => {
    const { member, secret } = await withApp()
    const other = await startEmptyPurser({ database: { ...purser.database, drop: async () => {} } })
    try {
      const waiting = await Promise.all(
        [purser, other, purser, other].map(async (process) => {
          const visitor = process.visitor()
          return { visitor, page: await askedForCode(visitor, member) }
        }),
      )
      await prisma().throttle.deleteMany()
      const code = codeOf(secret)
      const answers = await Promise.all(waiting.map(({ visitor, page }) => visitor.submit(page, { code })))
      expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422])
    } finally {
      await other.stop()
    }
  })

  test('by which an app is set up has counted', async () => {
    const member = await makeMember(purser.northwind, 'support')
    const browser = await purser.as(member)
    const page = await browser.get('/account/factors/new')
    const code = codeOf(secretOn(page))
    expect((await browser.submit(page, { code })).status).toBe(200)
    expect((await logInByCode(purser.visitor(), member, code)).status).toBe(422)
  })

  test('may be written with a space', async () => {
    const { member, secret } = await withApp()
    const code = codeOf(secret).replace(/^.../, '$& ')
    expect((await logInByCode(purser.visitor(), member, code)).status).toBe(303)
  })

  test('of another person does not fit', async () => {
    const one = await withApp()
    const other = await withApp()
    expect((await logInByCode(purser.visitor(), one.member, codeOf(other.secret))).status).toBe(422)
    // Not even where the encrypted secret is copied to the other's row.
    const secretOf = async ({ id }: Member) =>
      prisma().factorSecret.findFirstOrThrow({
        where: { factor: { staffId: id } },
        omit: { sealed: false },
      })
    const { sealed } = await secretOf(other.member)
    const { factorId } = await secretOf(one.member)
    await prisma().factorSecret.updateMany({ where: { factorId }, data: { sealed } })
    expect((await logInByCode(purser.visitor(), one.member, codeOf(other.secret))).status).toBe(422)
  })
})

describe('a recovery code', () => {
  test('lets in once, however it is written, and says how many are left', async () => {
    const { member, codes } = await withApp()
    expect(new Set(codes).size).toBe(10)
    const [code = ''] = codes
    const visitor = purser.visitor()
    const written = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')} `
    const answer = await logInByCode(visitor, member, written)
    expect(answer.status).toBe(303)
    expect(flashOf(await visitor.follow(answer))).toContain('9 are left.')
    expect((await logInByCode(purser.visitor(), member, code)).status).toBe(422)
    expect((await eventsOf(member)).some(({ details }) => JSON.stringify(details).includes('recovery_code')))
    const stored = JSON.stringify(
      await prisma().recoveryCode.findMany({ where: { staffId: member.id }, omit: { hash: false } }),
    )
    expect(stored).toContain('"hash"')
    expect(stored).not.toContain(code.replaceAll('-', ''))
  })

  test('lets in once where it comes at once', async () => {
    const { member, codes } = await withApp()
    const pages = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const visitor = purser.visitor()
        return { visitor, page: await askedForCode(visitor, member) }
      }),
    )
    const [code = ''] = codes
    const answers = await Promise.all(pages.map(({ visitor, page }) => visitor.submit(page, { code })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422, 422])
  })

  test('of another person does not fit', async () => {
    const one = await withApp()
    const other = await purser.as(await makeMember(purser.northwind, 'support'))
    const [code = ''] = (await addFirstApp(purser, other)).codes
    expect(code).not.toBe('')
    expect((await logInByCode(purser.visitor(), one.member, code)).status).toBe(422)
  })
})

describe('a login that waits for the code', () => {
  /** The page of the code, in whose meantime something happens. */
  async function meanwhile(act: (who: Awaited<ReturnType<typeof withApp>>) => Promise<unknown>) {
    const who = await withApp()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, who.member)
    await act(who)
    return visitor.submit(page, { code: codeOf(who.secret) })
  }

  test('is void after a changed password', async () => {
    const answer = await meanwhile(async ({ browser }) => {
      const page = await browser.get('/account/password')
      const changed = await browser.submit(page, { current: PASSWORD, password: 'zebra lamp river moon' })
      expect(changed.status).toBe(303)
    })
    expect([answer.status, errorAt(answer, 'code')]).toEqual([422, WRONG])
  })

  test('is void where the person is OFF', async () => {
    const answer = await meanwhile(({ member }) =>
      prisma().staff.updateMany({ where: { id: member.id }, data: { state: 'OFF' } }),
    )
    expect([answer.status, errorAt(answer, 'code')]).toEqual([422, WRONG])
  })

  test('is void where the second factor is gone', async () => {
    const answer = await meanwhile(async ({ browser, secret }) => {
      const page = await browser.get('/account/factors')
      expect((await browser.submit(page, {}, { action: '/removal' })).status).toBe(303)
      expect(secret).not.toBe('')
    })
    expect([answer.status, errorAt(answer, 'code')]).toEqual([422, WRONG])
  })

  test('belongs to its browser and is over after ten minutes', async () => {
    const { member, secret } = await withApp()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, member)
    const stranger = purser.visitor()
    await stranger.get('/login')
    const csrf = page.html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
    for (const [name, value] of visitor.cookies) if (/csrf/.test(name)) stranger.cookies.set(name, value)
    const foreign = await stranger.post('/login/factor', { csrf, code: codeOf(secret) })
    expect(foreign.location).toBe('/login')

    const { keys } = purser.services
    const half = JSON.parse(
      keys.open('half-login', visitor.cookies.get('purser-half-login') ?? '', 'staff') ?? '{}',
    ) as {
      at: number
    }
    const old = { ...half, at: half.at - 10 * 60_000 }
    visitor.cookies.set('purser-half-login', keys.seal('half-login', JSON.stringify(old), 'staff'))
    const late = await visitor.submit(page, { code: codeOf(secret) })
    expect(late.location).toBe('/login')
    expect(flashOf(await visitor.follow(late))).toContain('within 10 minutes')
  })

  test.each(['', 'x', 'a'.repeat(60), `${'A'.repeat(80)}`])(
    'is nobody’s by a cookie of %j',
    async (value) => {
      const visitor = purser.visitor()
      visitor.cookies.set('purser-half-login', value)
      expect((await visitor.get('/login/factor')).location).toBe('/login')
    },
  )
})

test('who adds a factor at the moment of a login by password alone is not let in without it', async () => {
  const { member } = await withApp()
  // As the login saw the row before: enterAs() itself asks again.
  const { enterAs } = await import('../../src/people/enter.ts')
  const { staffLogins } = await import('../../src/staff/logins.ts')
  const { sessionAfter } = await import('../../src/people/sessions.ts')
  const { nobodysSessionId, sessionDigest } = await import('../../src/people/session-store.ts')
  const { NO_REQUEST } = await import('../../src/request-facts.ts')
  const [candidate] = await staffLogins.candidates(purser.services.database, member.email, null)
  if (!candidate) throw new Error('Nobody was found.')
  const session = sessionAfter(sessionDigest(nobodysSessionId()), NO_REQUEST)
  const from = { session, request: NO_REQUEST, deviceOf: () => null }
  await expect(enterAs(purser.services, staffLogins, candidate, from)).rejects.toMatchObject({ status: 422 })
})

describe('tries', () => {
  let who: Awaited<ReturnType<typeof withApp>>
  beforeEach(async () => {
    await prisma().throttle.deleteMany()
    who = await withApp()
    await prisma().throttle.deleteMany()
  })

  const refused = (answer: Answer) => [answer.status, errorAt(answer, 'code') || wordsOf(answer)]

  test('of codes count with those of passwords, right or wrong, and a login wipes them', async () => {
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, who.member)
    for (let tries = 1; tries <= 8; tries++) {
      expect(refused(await visitor.submit(page, { code: '000000' }))).toEqual([422, WRONG])
    }
    expect((await visitor.submit(page, { code: codeOf(who.secret) })).status).toBe(303)
    expect(
      await prisma().throttle.count({ where: { points: { gt: 0 }, key: { startsWith: 'login-pair' } } }),
    ).toBe(0)

    const stranger = purser.visitor()
    const asked = await askedForCode(stranger, who.member)
    const answers = []
    for (let tries = 1; tries <= 10; tries++) answers.push(await stranger.submit(asked, { code: '000000' }))
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(9).fill(422), 429])
    expect(answers.at(-1)?.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await stranger.submit(asked, { code: codeOf(who.secret, 1) })).status).toBe(429)
    // The browser that was in there has a counter of its own.
    visitor.cookies.delete('purser-portal')
    expect((await askedForCode(visitor, who.member)).status).toBe(200)
  })

  test('of codes at one account from browsers that were never in it end for a day', async () => {
    const stranger = purser.visitor()
    const asked = await askedForCode(stranger, who.member)
    await prisma().throttle.deleteMany()
    await stranger.submit(asked, { code: '000000' })
    await prisma().throttle.updateMany({ where: { key: { startsWith: 'login-code' } }, data: { points: 49 } })
    expect((await stranger.submit(asked, { code: '000000' })).status).toBe(422)
    const shut = await stranger.submit(asked, { code: codeOf(who.secret) })
    expect([shut.status, wordsOf(shut).includes('or log in in a browser that you used before.')]).toEqual([
      429,
      true,
    ])
    who.browser.cookies.delete('purser-portal')
    expect((await logInByCode(who.browser, who.member, codeOf(who.secret))).status).toBe(303)
  })

  test('of codes that failed stay counted after a login, each of them once', async () => {
    const other = await withApp()
    await prisma().throttle.deleteMany()
    const stranger = purser.visitor()
    const asked = await askedForCode(stranger, other.member)
    for (let tries = 1; tries <= 3; tries++) await stranger.submit(asked, { code: '000000' })
    await stranger.submit(asked, { code: codeOf(other.secret) })
    expect((await stranger.get('/customers')).status).toBe(200)
    const codes = await prisma().throttle.findMany({ where: { key: { startsWith: 'login-code' } } })
    expect(codes.map(({ points }) => points)).toEqual([3])
  })

  test('of codes in a browser that was in the account end for a day, too', async () => {
    const other = await withApp()
    await prisma().throttle.deleteMany()
    other.browser.cookies.delete('purser-portal')
    const asked = await askedForCode(other.browser, other.member)
    await other.browser.submit(asked, { code: '000000' })
    await prisma().throttle.updateMany({
      where: { key: { startsWith: 'login-code-device' } },
      data: { points: 30 },
    })
    const answer = await other.browser.submit(asked, { code: codeOf(other.secret) })
    expect([answer.status, wordsOf(answer).includes('Too many codes have failed in this browser.')]).toEqual([
      429,
      true,
    ])
  })

  test('give back what a login cost of counters that others share', async () => {
    expect((await logInByCode(purser.visitor(), who.member, codeOf(who.secret))).status).toBe(303)
    const left = await prisma().throttle.findMany({ where: { points: { gt: 0 } } })
    // That it was given back is all that is counted.
    expect(left.map(({ key }) => key.split(':')[0])).toEqual(['half-login'])
  })
})

test('a login by password alone costs five statements still, one by code four, and eight for the code', async () => {
  const { member, secret } = await withApp()
  const without = await makeMember(purser.northwind, 'support')
  const plain = purser.visitor()
  const login = await plain.get('/login')
  const alone = await statementsOf(() => plain.submit(login, { email: without.email, password: PASSWORD }))
  expect(alone).toBe(5)
  const visitor = purser.visitor()
  const form = await visitor.get('/login')
  let asked = form
  const first = await statementsOf(
    async () => (asked = await visitor.submit(form, { email: member.email, password: PASSWORD })),
  )
  const page = await visitor.follow(asked)
  const second = await statementsOf(() => visitor.submit(page, { code: codeOf(secret) }))
  expect([first, second]).toEqual([4, 8])
})

describe('a browser that is trusted', () => {
  async function trusted() {
    const { member, secret } = await withApp()
    const browser = purser.visitor()
    const asked = await askedForCode(browser, member)
    expect(wordsOf(asked)).toContain('Trust this browser for 30 days')
    const answer = await browser.submit(asked, { code: codeOf(secret), trusted: 'on' })
    expect(answer.location).toBe('/customers')
    await browser.submit(await browser.get('/customers'), {}, { action: '/logout' })
    return { member, secret, browser }
  }
  /** Where the first step leads. */
  const logInAgain = async (browser: Visitor, { email }: { email: string }, password = PASSWORD) =>
    (await browser.submit(await browser.get('/login'), { email, password })).location

  test('is not asked for a code, and the log says so', async () => {
    const { member, browser } = await trusted()
    expect(await logInAgain(browser, member)).toBe('/customers')
    expect((await browser.get('/customers')).status).toBe(200)
    expect((await eventsOf(member)).at(-1)).toEqual({
      event: 'staff.logged_in',
      details: { factor: 'trusted_browser' },
    })
  })

  test('costs a login six statements at most', async () => {
    const { member, browser } = await trusted()
    const login = await browser.get('/login')
    const count = await statementsOf(async () => {
      await browser.submit(login, { email: member.email, password: PASSWORD })
    })
    expect(count).toBeLessThanOrEqual(6)
  })

  test('still needs the right password, and says as little', async () => {
    const { member, browser } = await trusted()
    expect(await logInAgain(browser, member, 'not the password at all')).toBe('/login/factor')
  })

  test('is asked again after thirty days', async () => {
    const { member, browser } = await trusted()
    const name = 'purser-trusted-browser'
    const [factorId, until, signature] = (browser.cookies.get(name) ?? '').split('.')
    expect(Number(until) - Date.now()).toBeGreaterThan(29.9 * 86_400_000)
    expect(Number(until) - Date.now()).toBeLessThanOrEqual(30 * 86_400_000)
    // What is not signed counts for nothing, later or not.
    browser.cookies.set(name, `${factorId}.${Number(until) + 1}.${signature}`)
    expect(await logInAgain(browser, member)).toBe('/login/factor')
    const past = Date.now() - 1
    const { resellerId, passwordMark } = await prisma().staff.findFirstOrThrow({ where: { id: member.id } })
    const facts = [resellerId, member.id, factorId, past, passwordMark].join('|')
    browser.cookies.set(name, `${factorId}.${past}.${purser.services.keys.sign('trusted-browser', facts)}`)
    expect(await logInAgain(browser, member)).toBe('/login/factor')
  })

  test('is asked again after another password, and where the app was removed', async () => {
    const first = await trusted()
    const hash = await hashPassword('another password of hers')
    await prisma().staff.updateMany({ where: { id: first.member.id }, data: { passwordHash: hash } })
    expect(await logInAgain(first.browser, first.member, 'another password of hers')).toBe('/login/factor')

    const second = await trusted()
    const [factor] = await prisma().factor.findMany({ where: { staffId: second.member.id } })
    expect(await logInAgain(second.browser, second.member)).toBe('/customers')
    await addApp(purser, second.browser, 'Tablet')
    await second.browser.submit(await second.browser.get('/customers'), {}, { action: '/logout' })
    await prisma().factorSecret.deleteMany({ where: { factorId: factor?.id ?? '' } })
    await prisma().factor.deleteMany({ where: { id: factor?.id ?? '' } })
    expect(await logInAgain(second.browser, second.member)).toBe('/login/factor')
  })

  test('is asked again after the person has logged out all other browsers, or was turned OFF', async () => {
    const first = await trusted()
    const at = await purser.visitor()
    await logInByCode(at, first.member, codeOf(first.secret, 1))
    await at.submit(await at.get('/account'), {}, { action: '/account/sessions' })
    expect(await logInAgain(first.browser, first.member)).toBe('/login/factor')

    const second = await trusted()
    const owner = await purser.as(purser.northwind.staff.owner)
    const action = `/staff/${second.member.id}/suspension`
    await owner.submit(
      await owner.get(`/staff?q=${second.member.email}`),
      { reason: 'A lost laptop' },
      { action },
    )
    await prisma().staff.updateMany({ where: { id: second.member.id }, data: { state: 'ON' } })
    expect(await logInAgain(second.browser, second.member)).toBe('/login/factor')
  })

  test('is asked again after the person has logged out one other browser, whichever it was', async () => {
    const { member, secret, browser } = await trusted()
    await prisma().session.deleteMany({ where: { staffId: member.id } })
    expect(await logInAgain(browser, member)).toBe('/customers')
    const at = purser.visitor()
    await logInByCode(at, member, codeOf(secret, 1))
    const page = await at.get('/account')
    expect(wordsOf(page)).toContain('every trusted browser is asked for a code at its next login')
    // What ends nothing changes nothing.
    const csrf = page.html.querySelector('[name="csrf"]')?.getAttribute('value') ?? ''
    await at.post(`/account/sessions/${'0'.repeat(64)}/end`, { csrf })
    await browser.submit(await browser.get('/customers'), {}, { action: '/logout' })
    expect(await logInAgain(browser, member)).toBe('/customers')
    await at.submit(await at.get('/account'), {}, { action: '/end' })
    expect((await browser.get('/customers')).status).toBe(303)
    expect(await logInAgain(browser, member)).toBe('/login/factor')
  })

  test('is asked again by whoever is logged in nowhere else: the button is there for who has an app', async () => {
    const { member, secret, browser } = await trusted()
    await prisma().session.deleteMany({ where: { staffId: member.id } })
    const at = purser.visitor()
    await logInByCode(at, member, codeOf(secret, 1))
    const answer = await at.submit(await at.get('/account'), {}, { action: '/account/sessions' })
    expect(flashOf(await at.follow(answer))).toBe(
      'No other browser was logged in. Trusted browsers are asked for a code again.',
    )
    expect(await logInAgain(browser, member)).toBe('/login/factor')
  })

  test('is trusted for one person, and not by a recovery code, which is said', async () => {
    const { browser } = await trusted()
    const other = await withApp()
    expect(await logInAgain(browser, other.member)).toBe('/login/factor')
    const another = purser.visitor()
    const asked = await askedForCode(another, other.member)
    const answer = await another.submit(asked, { code: other.codes[0] ?? '', trusted: 'on' })
    expect(flashOf(await another.follow(answer))).toBe(
      'You logged in with a recovery code. 9 are left. This browser is not trusted: that takes a code from an ' +
        'authenticator app.',
    )
    expect(another.cookies.has('purser-trusted-browser')).toBe(false)
  })
})
