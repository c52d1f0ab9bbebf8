import argon2 from 'argon2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sessionDigest } from '../../src/people/session-store.ts'
import { PASSWORD } from '../support/cast.ts'
import { statementsOf } from '../support/statements.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const sessions = () => prisma().session.findMany()

describe('login', () => {
  test('lets in, under a new session id, and notes it', async () => {
    const { id, email } = purser.northwind.staff.owner
    const browser = purser.visitor()
    // An id that somebody else put into the browser before the login must not become the session's.
    browser.cookies.set('purser-portal', 's%3Achosen-by-a-stranger.signature')
    const answer = await browser.submit(await browser.get('/login'), { email, password: PASSWORD })
    expect(answer.status).toBe(303)
    expect(answer.location).toBe('/customers')
    const sessionId = browser.sessionId('portal')
    expect(sessionId).toMatch(new RegExp(`^${purser.northwind.reseller.id}\\.[\\w-]{43}$`))
    expect(sessionId).not.toContain('chosen')
    expect((await browser.get('/customers')).status).toBe(200)

    const row = await prisma().session.findFirstOrThrow({ where: { id: sessionDigest(sessionId) } })
    expect(row.staffId).toBe(id)
    expect(JSON.stringify(await sessions())).not.toContain(sessionId)
    const noted = await prisma().auditRow.findFirstOrThrow({
      where: { event: 'staff.logged_in', actorId: id },
    })
    expect(noted).toMatchObject({
      actorKind: 'staff',
      actorName: email,
      resellerId: purser.northwind.reseller.id,
    })
    expect(noted.ip).toBe('127.0.0.1')
    expect((await prisma().staff.findFirstOrThrow({ where: { id } })).lastLoginAt).not.toBeNull()
  })

  test('gives a second login in the same browser another id, and ends the first', async () => {
    const { email } = purser.northwind.staff.admin
    const browser = await purser.as(purser.northwind.staff.admin)
    const before = browser.cookies.get('purser-portal') ?? ''
    const csrf = valueOf(await browser.get('/account/password'), 'csrf') ?? ''
    const answer = await browser.post('/login', { email, password: PASSWORD, csrf })
    expect(answer.status).toBe(303)
    const after = browser.cookies.get('purser-portal') ?? ''
    expect(after).not.toBe(before)
    const old = purser.visitor()
    old.cookies.set('purser-portal', before)
    expect((await old.get('/customers')).location).toMatch(/^\/login/)
  })

  test('says the same to an unknown address, a wrong password, none set yet and somebody who is OFF', async () => {
    const off = purser.northwind.staff.auditor
    const without = purser.northwind.staff.support
    await prisma().staff.updateMany({ where: { id: off.id }, data: { state: 'OFF' } })
    await prisma().staff.updateMany({ where: { id: without.id }, data: { passwordHash: null } })
    const attempts = [
      { email: 'nobody@northwind.example', password: PASSWORD },
      { email: purser.northwind.staff.owner.email, password: 'not the password at all' },
      { email: without.email, password: PASSWORD },
      { email: off.email, password: PASSWORD },
    ]
    const said = []
    const statements = []
    for (const attempt of attempts) {
      const browser = purser.visitor()
      const form = await browser.get('/login')
      let answer = form
      statements.push(await statementsOf(async () => (answer = await browser.submit(form, attempt))))
      expect(answer.status).toBe(422)
      expect(valueOf(answer, 'email')).toBe(attempt.email)
      expect(answer.text).not.toContain(attempt.password)
      said.push(wordsOf(answer))
      expect(browser.cookies.has('purser-portal')).toBe(false)
      expect(browser.cookies.has('purser-device')).toBe(false)
    }
    expect(new Set(said).size).toBe(1)
    // The same work: as many statements, and (see passwordFits) a password hashed for each.
    expect(new Set(statements)).toEqual(new Set([statements[0]]))
    expect(said[0]).toContain('Incorrect e-mail address or password.')
  })

  test('costs five statements: two for the address, the counters, the login itself, and the counters again', async () => {
    const browser = purser.visitor()
    const form = await browser.get('/login')
    const { email } = purser.eastgate.staff.owner
    let answer = form
    const cost = await statementsOf(
      async () => (answer = await browser.submit(form, { email, password: PASSWORD })),
    )
    expect(answer.status).toBe(303)
    expect(cost).toBe(5)
  })

  test('a failure at a known account is in its reseller’s audit log, as a visitor’s event', async () => {
    const { email } = purser.eastgate.staff.owner
    const browser = purser.visitor()
    await browser.submit(await browser.get('/login'), { email, password: 'not the password at all' })
    const rows = await prisma().auditRow.findMany({
      where: { event: 'staff.login_failed', details: { path: ['email'], equals: email } },
    })
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      resellerId: purser.eastgate.reseller.id,
      actorKind: 'visitor',
      actorId: null,
      ip: '127.0.0.1',
      details: { email, why: 'wrong_password' },
    })
    const before = await prisma().auditRow.count()
    await browser.submit(await browser.get('/login'), {
      email: 'nobody@eastgate.example',
      password: PASSWORD,
    })
    expect(await prisma().auditRow.count()).toBe(before)
  })

  test('a login makes a hash of older parameters anew', async () => {
    const { id, email } = purser.northwind.staff.finance
    const weaker = await argon2.hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 })
    await prisma().staff.updateMany({ where: { id }, data: { passwordHash: weaker } })
    await purser.as({ id, email })
    const { passwordHash } = await prisma().staff.findFirstOrThrow({
      where: { id },
      select: { passwordHash: true },
    })
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,/)
    await purser.as({ id, email })
  })

  test('goes on to the page that was asked for, and never to another site', async () => {
    const { email } = purser.northwind.staff.owner
    const browser = purser.visitor()
    const turnedAway = await browser.get('/customers?q=acme')
    expect(turnedAway.status).toBe(303)
    const answer = await browser.submit(await browser.follow(turnedAway), { email, password: PASSWORD })
    expect(answer.location).toBe('/customers?q=acme')
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/\t/evil.example']) {
      const other = purser.visitor()
      const form = await other.get('/login')
      const elsewhere = await other.submit(form, { email, password: PASSWORD, next })
      expect(elsewhere.location).toBe('/customers')
    }
  })

  test('what a visitor looks at makes no session', async () => {
    const before = (await sessions()).length
    const browser = purser.visitor()
    await browser.get('/login')
    await browser.submit(await browser.get('/login'), { email: 'x@y.example', password: 'z' })
    expect(browser.cookies.has('purser-portal')).toBe(false)
    expect(await sessions()).toHaveLength(before)
  })
})
