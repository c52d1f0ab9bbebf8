import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { addressOf } from '../support/scene.ts'
import { enter } from '../support/login-as.ts'
import { type Answer, Visitor, flashOf, refusalOf, tokenOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
const log: string[] = []
beforeAll(async () => {
  purser = await startPurser({ log, env: { LOG_LEVEL: 'warn' } })
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const postings = (customerId: string) => prisma().posting.count({ where: { customerId } })
const REFILL = { amount: '12.50', reason: 'courtesy', comment: 'Typed <b>slowly</b> & long' }

/** The sessions of everybody run out, as they do. */
const runOut = () =>
  prisma().session.updateMany({ data: { lastSeenAt: new Date(Date.now() - 2 * 3_600_000) } })

async function typedRefill(browser: Visitor) {
  const customer = await makeCustomer(purser.northwind)
  const form = await browser.get(`/customers/${customer.id}/balance`)
  const key = valueOf(form, 'idempotencyKey', '/refills')
  await runOut()
  const login = await browser.submit(form, REFILL, { action: '/refills' })
  return { customer, form, key, login }
}

const logIn = (browser: Visitor, page: Answer, email: string, password = PASSWORD) =>
  browser.submit(page, { email, password }, { action: '/login' })

describe('a form that is sent after its session has ended', () => {
  test('waits on the login page, comes back as typed with its key, and is booked once when it is sent', async () => {
    const { owner } = purser.northwind.staff
    const browser = await purser.as(owner)
    const { customer, key, login } = await typedRefill(browser)
    expect(login.status).toBe(403)
    expect(refusalOf(login)).toMatch(/^Your session has ended, so this was not submitted/)
    expect(await postings(customer.id)).toBe(0)

    const again = await logIn(browser, login, owner.email)
    expect(again.status).toBe(200)
    expect(refusalOf(again)).toMatch(/^You are logged in again/)
    expect(await postings(customer.id)).toBe(0)
    for (const [name, value] of Object.entries({ ...REFILL, idempotencyKey: key }))
      expect([name, valueOf(again, name, '/refills')]).toEqual([name, value])

    const sent = await browser.submit(again, {}, { action: '/refills' })
    expect(sent.status).toBe(303)
    const twice = await browser.submit(again, {}, { action: '/refills' })
    expect(twice.status).toBe(303)
    expect(await postings(customer.id)).toBe(1)
  })

  test('waits through a wrong password too', async () => {
    const { finance } = purser.northwind.staff
    const browser = await purser.as(finance)
    const { login } = await typedRefill(browser)
    const wrong = await logIn(browser, login, finance.email, 'not the password')
    expect(wrong.status).toBe(422)
    expect(valueOf(await logIn(browser, wrong, finance.email), 'comment', '/refills')).toBe(REFILL.comment)
  })

  test('is dropped, and said to be, when another person logs in', async () => {
    const { owner, admin } = purser.northwind.staff
    const browser = await purser.as(owner)
    const { customer, login } = await typedRefill(browser)
    const other = await logIn(browser, login, admin.email)
    expect(other.status).toBe(303)
    const page = await browser.follow(other)
    expect(flashOf(page.location ? await browser.follow(page) : page)).toMatch(/could not be kept/)
    expect(page.text).not.toContain('slowly')
    expect(await postings(customer.id)).toBe(0)
  })

  test('is dropped after ten minutes, and when its seal was changed', async () => {
    const { admin } = purser.northwind.staff
    for (const spoil of [older, changed]) {
      const browser = await purser.as(admin)
      const { login } = await typedRefill(browser)
      const typedForm = spoil(valueOf(login, 'typedForm') ?? '')
      const answer = await browser.submit(
        login,
        { email: admin.email, password: PASSWORD, typedForm },
        { action: '/login' },
      )
      expect(answer.status).toBe(303)
    }
  })

  test('carries no password, code or token', async () => {
    const { support } = purser.northwind.staff
    const browser = await purser.as(support)
    const form = await browser.get('/account/password')
    await runOut()
    const typed = { current: 'the-old-secret-1', password: 'a-new-secret-of-mine-2', note: 'kept' }
    const login = await browser.post('/account/password', { ...typed, csrf: valueOf(form, 'csrf') ?? '' })
    const held = Buffer.from(valueOf(login, 'typedForm')?.split('.')[0] ?? '', 'base64url').toString()
    expect(JSON.parse(held).fields).toEqual({ note: 'kept' })
  })

  test('comes back in the console as well, to its own login', async () => {
    const known = await makeCustomer(purser.northwind, { password: PASSWORD })
    const browser = await purser.asCustomer(known)
    const form = await browser.get('/console/profile')
    await runOut()
    const name = 'Ada Bergman-Lindqvist'
    const login = await browser.submit(form, { name }, { action: '/profile' })
    expect(login.status).toBe(403)
    expect(login.html.querySelector('form')?.getAttribute('action')).toBe('/console/northwind/login')
    const again = await logIn(browser, login, known.email)
    expect([again.status, valueOf(again, 'name', '/profile')]).toEqual([200, name])
    expect((await browser.submit(again, {}, { action: '/profile' })).status).toBe(303)
    expect((await prisma().customer.findFirstOrThrow({ where: { id: known.id } })).name).toBe(name)
  })

  test('comes back to the same person who has logged in again in another tab', async () => {
    const { owner, admin } = purser.northwind.staff
    const browser = await purser.as(owner)
    const customer = await makeCustomer(purser.northwind)
    const form = await browser.get(`/customers/${customer.id}/balance`)
    await runOut()
    await logIn(browser, await browser.get('/login'), owner.email)
    const again = await browser.submit(form, REFILL, { action: '/refills' })
    expect([again.status, valueOf(again, 'comment', '/refills')]).toEqual([403, REFILL.comment])
    expect(refusalOf(again)).toMatch(/^You have logged in again/)
    expect((await browser.submit(again, {}, { action: '/refills' })).status).toBe(303)

    // To anybody else it does not.
    await runOut()
    await logIn(browser, await browser.get('/login'), admin.email)
    const other = await browser.submit(form, REFILL, { action: '/refills' })
    expect(other.status).toBe(403)
    expect(wordsOf(other)).toContain('This form was opened before')
    expect(other.text).not.toContain('slowly')
  })

  test('comes back after a logout in another tab, to the same person only', async () => {
    const { owner, admin } = purser.northwind.staff
    const typed = { email: 'typed@customer.example', name: 'Typed before the logout' }
    for (const [member, status] of [
      [owner, 200],
      [admin, 303],
    ] as const) {
      const browser = await purser.as(owner)
      const form = await browser.get('/customers/new')
      await browser.submit(await browser.get('/customers'), {}, { action: '/logout' })
      const login = await browser.submit(form, typed, { action: '/customers' })
      expect(login.status).toBe(403)
      const answer = await logIn(browser, login, member.email)
      expect(answer.status).toBe(status)
      if (status === 200) expect(valueOf(answer, 'name', '/customers')).toBe(typed.name)
      else expect(answer.text).not.toContain(typed.name)
    }
  })

  test('comes back after several logins in another tab', async () => {
    const { owner } = purser.northwind.staff
    const browser = await purser.as(owner)
    const customer = await makeCustomer(purser.northwind)
    const form = await browser.get(`/customers/${customer.id}/balance`)
    for (let time = 0; time < 3; time++) {
      await runOut()
      await logIn(browser, await browser.get('/login'), owner.email)
    }
    const again = await browser.submit(form, REFILL, { action: '/refills' })
    expect([again.status, valueOf(again, 'comment', '/refills')]).toEqual([403, REFILL.comment])
    // And where the last of them has run out as well.
    await runOut()
    const login = await browser.submit(form, REFILL, { action: '/refills' })
    expect(valueOf(await logIn(browser, login, owner.email), 'comment', '/refills')).toBe(REFILL.comment)
  })

  test('of a second tab comes back when its login is sent after that of the first', async () => {
    const { owner, admin } = purser.northwind.staff
    const browser = await purser.as(owner)
    const customer = await makeCustomer(purser.northwind)
    const refill = await browser.get(`/customers/${customer.id}/balance`)
    const profile = await browser.get('/customers/new')
    await runOut()
    const first = await browser.submit(refill, REFILL, { action: '/refills' })
    const second = await browser.submit(profile, { name: 'Second tab' }, { action: '/customers' })
    const [one, two] = [await logIn(browser, first, owner.email), await logIn(browser, second, owner.email)]
    expect(valueOf(one, 'comment', '/refills')).toBe(REFILL.comment)
    expect([two.status, valueOf(two, 'name', '/customers')]).toEqual([200, 'Second tab'])
    expect(refusalOf(two)).toMatch(/^You are already logged in/)
    // As is what Back sends again.
    expect(valueOf(await logIn(browser, first, owner.email), 'comment', '/refills')).toBe(REFILL.comment)
    // Whoever is in by then, if it is somebody else, is only told so.
    await runOut()
    await logIn(browser, await browser.get('/login'), admin.email)
    const other = await logIn(browser, second, owner.email)
    expect(wordsOf(other)).toContain(`You are logged in as ${admin.email}`)
    expect(other.text).not.toContain('Second tab')
  })

  test('waits through the question at which company, too', async () => {
    const email = 'ada@two-companies.example'
    await makeCustomer(purser.eastgate, { email, password: PASSWORD })
    await makeCustomer(purser.northwind, { email, password: PASSWORD })
    const browser = purser.visitor()
    await logIn(browser, await browser.get('/console/northwind/login'), email)
    const form = await browser.get('/console/profile')
    // A logout in another tab leaves no cookie, so that nothing says whose the session was.
    await browser.submit(await browser.get('/console'), {}, { action: '/logout' })
    const name = 'Typed before the question'
    const login = await browser.submit(form, { name }, { action: '/profile' })
    expect(login.html.querySelector('form')?.getAttribute('action')).toBe('/console/login')
    const question = await logIn(browser, login, email)
    expect(question.status).toBe(200)
    const again = await browser.submit(question, { reseller: 'northwind' }, { action: '/choice' })
    expect([again.status, valueOf(again, 'name', '/profile')]).toEqual([200, name])
    expect((await browser.submit(again, {}, { action: '/profile' })).status).toBe(303)
  })

  test('that has nothing to fill in leads to its page, which says that it was not sent', async () => {
    const { owner } = purser.northwind.staff
    const browser = await purser.as(owner)
    const customer = await makeCustomer(purser.northwind)
    const form = await browser.get(`/customers/${customer.id}/password-link`)
    const csrf = valueOf(form, 'csrf') ?? ''
    await runOut()
    const login = await browser.post(`/customers/${customer.id}/password-link`, { csrf, delivery: 'mailed' })
    const answer = await logIn(browser, login, owner.email)
    expect(answer.location).toBe(`/customers/${customer.id}/password-link`)
    expect(flashOf(await browser.follow(answer))).toMatch(/^You are logged in again/)
    expect(await prisma().oneTimeLink.count({ where: { customerId: customer.id } })).toBe(0)
  })

  test('in a row of a list, or one that only asks, comes back as well', async () => {
    const { owner, finance } = purser.northwind.staff
    const browser = await purser.as(owner)
    const role = await browser.get('/staff')
    const regeneration = await browser.get(
      await addressOf(purser, purser.northwind, '/invites/:id/regeneration'),
    )
    await runOut()
    const first = await browser.submit(role, { role: 'auditor' }, { action: `${finance.id}/role` })
    const staff = await logIn(browser, first, owner.email)
    expect(valueOf(staff, 'role', `${finance.id}/role`)).toBe('auditor')
    expect(staff.html.querySelectorAll('details.action-form[open]')).toHaveLength(0)
    await runOut()
    const fresh = { csrf: valueOf(staff, 'csrf') ?? '' }
    const second = await browser.submit(regeneration, fresh, { action: '/regeneration' })
    const asked = await logIn(browser, second, owner.email)
    expect(refusalOf(asked)).toMatch(/^You are logged in again/)
    expect((await browser.submit(asked, {}, { action: '/regeneration' })).status).toBe(303)
  })

  test('of a customer whom staff were logged in as says that this is over', async () => {
    const browser = await purser.as(purser.northwind.staff.admin)
    await enter(browser, await makeCustomer(purser.northwind), 'admin')
    const form = await browser.get('/console/profile')
    await browser.submit(await browser.get('/customers'), {}, { action: '/logout' })
    const answer = await browser.submit(form, { name: 'Somebody Else' }, { action: '/profile' })
    expect(answer.status).toBe(403)
    expect(answer.text).not.toContain('Somebody Else')
  })

  test('is up to 64 kB long, and larger ones are not promised', async () => {
    const { owner } = purser.northwind.staff
    const csrfOf = async (browser: Visitor) => tokenOf(browser)
    const browser = await purser.as(owner)
    const csrf = await csrfOf(browser)
    await runOut()
    const note = 'long '.repeat(12_000)
    const login = await browser.post('/customers', { csrf, teamName: note })
    expect(login.status).toBe(403)
    const again = await logIn(browser, login, owner.email)
    expect([again.status, valueOf(again, 'teamName', '/customers')]).toEqual([200, note])
  })
})

describe('a form of people who are not logged in', () => {
  test('comes again as typed with a fresh token, and then works', async () => {
    const browser = purser.visitor()
    const { owner } = purser.northwind.staff
    const form = await browser.get('/login')
    browser.cookies.clear()
    const again = await browser.submit(form, { email: owner.email, password: PASSWORD })
    expect(again.status).toBe(403)
    expect(refusalOf(again)).toContain('Your browser sent no cookie')
    expect(valueOf(again, 'email')).toBe(owner.email)
    expect(again.text).not.toContain(PASSWORD)
    expect((await browser.submit(again, { password: PASSWORD })).status).toBe(303)
  })

  test('of a tab that was opened before somebody logged in and out again', async () => {
    const browser = purser.visitor()
    const { finance } = purser.northwind.staff
    const old = await browser.get('/login')
    await logIn(browser, await browser.get('/login'), finance.email)
    // Somebody is in: the page says who.
    const inAlready = await browser.submit(old, { email: 'other@northwind.example', password: PASSWORD })
    expect(inAlready.status).toBe(403)
    expect(wordsOf(inAlready)).toContain(`You are logged in as ${finance.email}`)
    expect((await browser.submit(inAlready, {}, { action: '/logout' })).status).toBe(303)
    const again = await browser.submit(old, { email: finance.email, password: PASSWORD })
    expect(refusalOf(again)).toMatch(/^This form was out of date/)
    expect(valueOf(again, 'email')).toBe(finance.email)
  })

  test('with nothing but a button, such as that of a verification mail, comes again too', async () => {
    const address = await addressOf(purser, purser.northwind, '/verify/:token')
    const browser = purser.visitor()
    const question = await browser.get(address)
    browser.cookies.clear()
    const again = await browser.submit(question)
    expect(again.status).toBe(403)
    expect(refusalOf(again)).toContain('Your browser sent no cookie')
    expect((await browser.submit(again)).status).toBe(303)
    expect(wordsOf(await browser.get(address))).toContain('is verified')
  })

  test('is named by its cause where people came by another name than APP_URL', async () => {
    const named = await startPurser({ env: { APP_URL: 'http://purser.example', LOG_LEVEL: 'warn' }, log })
    const visitor = new Visitor(named.url)
    const page = await visitor.get('/login')
    const typed = { email: named.northwind.staff.owner.email, password: PASSWORD }
    for (let time = 0; time < 2; time++) {
      const answer = await visitor.submit(page, typed)
      expect(answer.status).toBe(403)
      expect(wordsOf(answer)).toContain(
        `Forms work only at http://purser.example, but you opened this site at ${named.url}`,
      )
    }
    const warnings = log.filter((line) => line.includes('forms from this origin are refused'))
    expect(warnings).toHaveLength(1)
    expect(JSON.parse(warnings[0] ?? '{}')).toMatchObject({
      origin: named.url,
      expected: 'http://purser.example',
    })
    const foreign = await visitor.submit(page, typed, { headers: { Origin: 'https://evil.example' } })
    expect(wordsOf(foreign)).toContain('This form was submitted from another site')
    await named.stop()
  })

  test('is named by its cause where a proxy passes on a name of its own', async () => {
    const visitor = purser.visitor()
    const page = await visitor.get('/login')
    const headers = { Origin: 'https://purser.example', 'Sec-Fetch-Site': 'same-origin' }
    const answer = await visitor.submit(page, { email: 'a@b.example', password: PASSWORD }, { headers })
    expect(answer.status).toBe(403)
    expect(wordsOf(answer)).toContain(
      'You opened this site at https://purser.example, which is not the configured',
    )
    expect(wordsOf(answer)).toContain('APP_URL')
  })
})

const older = (typedForm: string) => {
  const [sealed = ''] = typedForm.split('.')
  const held = JSON.parse(Buffer.from(sealed, 'base64url').toString())
  const text = Buffer.from(JSON.stringify({ ...held, at: held.at - 11 * 60_000 })).toString('base64url')
  return `${text}.${purser.services.keys.sign('typed-form', text)}`
}

const changed = (typedForm: string) => {
  const [sealed = '', signature] = typedForm.split('.')
  const text = Buffer.from(sealed, 'base64url').toString().replace('12.50', '99.50')
  return `${Buffer.from(text).toString('base64url')}.${signature}`
}
