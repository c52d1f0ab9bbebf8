import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { maybeResellerOf, newUserHandle } from '../../src/people/passkeys.ts'
import { Authenticator, type Tricks, askedOn } from '../support/authenticator.ts'
import { PASSWORD, type Member, makeMember } from '../support/cast.ts'
import { addApp, askedForCode, codeOf, codesOn, giveCodes, logInByCode } from '../support/factors.ts'
import { ageProofs, askedForProof } from '../support/proof.ts'
import { type RunningPurser, startEmptyPurser, startPurser } from '../support/purser.ts'
import { statementsOf } from '../support/statements.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser({ atLocalhost: true })
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma

const NOT_ALONE = 'This passkey does not log in to any account here. Log in with your password instead.'
const NOT_SECOND = 'Incorrect e-mail address or password, or the passkey is not one of this account.'
const NOT_OWN = 'This passkey is not one of yours, or it cannot be used any more.'
const TOO_LATE = 'This took too long, or the passkey was used already. Use your passkey again.'

const ADDED = 'This took too long, or the passkey was added already. Check your second factors, or try again.'

const NEW = '/account/factors/passkeys/new'
const ADD = '/account/factors/passkeys'

async function someone(house = purser.northwind) {
  const member = await makeMember(house, 'support')
  return { member, browser: await purser.as(member) }
}

/** Adds a passkey through the pages. */
async function add(browser: Visitor, authenticator: Authenticator, name = 'Laptop', tricks: Tricks = {}) {
  const page = await browser.get(NEW)
  return browser.submit(page, { name, ...authenticator.create(page, tricks) }, { action: ADD })
}

/** Somebody with a passkey, and with recovery codes from before. */
async function withPasskey({ step = 1, house = purser.northwind } = {}) {
  const { member, browser } = await someone(house)
  const authenticator = new Authenticator(purser.url, { step })
  const codes = await giveCodes(purser, browser)
  const answer = await add(browser, authenticator)
  expect(answer.status).toBe(303)
  return { member, browser, authenticator, codes }
}

const factorOf = ({ id }: Member) =>
  prisma().factor.findFirstOrThrow({ where: { staffId: id, kind: 'passkey' }, include: { passkey: true } })

const eventsOf = async ({ id, email }: Member) =>
  (
    await prisma().auditRow.findMany({
      where: { OR: [{ actorId: id }, { details: { path: ['email'], equals: email } }] },
      orderBy: [{ at: 'asc' }, { id: 'asc' }],
    })
  ).map(({ event, details }) => ({ event, details }))
const lastEventOf = async (member: Member) => (await eventsOf(member)).at(-1)

/** Logs in by a passkey alone. */
async function logInAlone(
  authenticator: Authenticator,
  tricks: Tricks = {},
  visitor = purser.visitor(),
): Promise<Answer> {
  const page = await visitor.get('/login')
  return visitor.submit(page, authenticator.use(page, tricks))
}

/** Logs in by the password and then a passkey. */
async function logInBoth(member: Member, authenticator: Authenticator, tricks: Tricks = {}) {
  const visitor = purser.visitor()
  const page = await askedForCode(visitor, member)
  return visitor.submit(page, authenticator.use(page, tricks))
}

const said = (answer: Answer) => [answer.status, refusalOf(answer)]

describe('a passkey that is added', () => {
  test('is kept with what it is checked by, told, and comes with recovery codes where there are none', async () => {
    const { member, browser } = await someone()
    const authenticator = new Authenticator(purser.url)
    expect(new Set(codesOn(await add(browser, authenticator))).size).toBe(10)
    const { name, kind, lastStep, passkey } = await factorOf(member)
    const [made] = authenticator.credentials
    expect({ name, kind, lastStep }).toEqual({ name: 'Laptop', kind: 'passkey', lastStep: 0n })
    expect(passkey).toMatchObject({
      credentialId: made?.id.toString('base64url'),
      userHandle: made?.userHandle,
      rpId: 'localhost',
      transports: ['internal'],
      isBackedUp: false,
    })
    expect(await lastEventOf(member)).toEqual({
      event: 'staff.factor_added',
      details: { name: 'Laptop', kind: 'passkey' },
    })
    const mails = await prisma().mail.findMany({ where: { staffId: member.id, template: 'factor-added' } })
    expect(mails.map(({ values }) => values)).toEqual([{ name: 'Laptop', kind: 'passkey', site: 'portal' }])
    const page = wordsOf(await browser.get('/account/factors'))
    expect(page).toContain('Laptop')
    expect(page).toContain('not used yet')
    const events = wordsOf(await (await purser.as(purser.northwind.staff.owner)).get('/audit'))
    expect(events).toContain('added the passkey Laptop')
  })

  test('is asked for as discoverable and verified, by a handle that names nobody', async () => {
    const { member, browser, authenticator } = await withPasskey()
    const { options } = askedOn(await browser.get(NEW))
    expect(options).toMatchObject({
      rp: { id: 'localhost', name: purser.northwind.reseller.name },
      user: { name: member.email, id: authenticator.credentials[0]?.userHandle },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [{ id: authenticator.credentials[0]?.id.toString('base64url') }],
    })
    const handle = options.user?.id ?? ''
    expect(Buffer.from(handle, 'base64url')).toHaveLength(32)
    expect(maybeResellerOf('staff', handle)).toBe(purser.northwind.reseller.id)
    expect(
      maybeResellerOf('staff', newUserHandle({ kind: 'customer', resellerId: purser.northwind.reseller.id })),
    ).toBeNull()
    expect(maybeResellerOf('staff', '')).toBeNull()
    expect(newUserHandle({ kind: 'staff', resellerId: 'AAAAAAAA' })).not.toBe(
      newUserHandle({ kind: 'staff', resellerId: 'AAAAAAAA' }),
    )
  })

  test('is one of several, each with its name', async () => {
    const { member, browser, authenticator } = await withPasskey()
    const second = await add(browser, authenticator, 'Key')
    expect([second.status, second.location]).toEqual([303, '/account/factors'])
    expect(flashOf(await browser.follow(second))).toBe(
      'Added Key. You can now log in with it, and not with the password alone.',
    )
    await addApp(purser, browser, 'Phone')
    expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(3)
    const handles = await prisma().passkey.findMany({ where: { factor: { staffId: member.id } } })
    expect(new Set(handles.map(({ userHandle }) => userHandle)).size).toBe(1)
    const [first, other] = authenticator.credentials
    for (const credential of [first, other]) {
      const visitor = purser.visitor()
      const page = await visitor.get('/login')
      expect((await visitor.submit(page, authenticator.use(page, {}, credential))).status).toBe(303)
    }
  })

  test.each<[string, Tricks]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['another host', { rpId: 'evil.example' }],
    ['another challenge', { challenge: 'AAAA' }],
    ['another ceremony', { type: 'webauthn.get' }],
    ['a frame of another page', { crossOrigin: true }],
    ['nobody there', { isPresent: false }],
    ['nobody verified', { isVerified: false }],
    ['an algorithm that was not asked for', { algorithm: -36 }],
    ['a name that is not its own', { id: '*' }],
  ])('is refused by %s', async (_what, tricks) => {
    const { member, browser } = await someone()
    const answer = await add(browser, new Authenticator(purser.url), 'Laptop', tricks)
    expect(said(answer)).toEqual([
      422,
      'The browser did not create a passkey that can be used here. Try again.',
    ])
    expect(valueOf(answer, 'name')).toBe('Laptop')
    expect(valueOf(answer, 'passkey', ADD)).toBe('')
    expect(await prisma().factor.count({ where: { staffId: member.id } })).toBe(0)
  })

  test('counts once: neither the same answer twice, nor the same passkey, nor another session’s', async () => {
    const { member, browser } = await someone()
    const authenticator = new Authenticator(purser.url)
    const page = await browser.get(NEW)
    const fields = { name: 'Laptop', ...authenticator.create(page) }
    const press = () => browser.submit(page, fields, { action: ADD })
    const answers = await Promise.all([press(), press()])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422])
    // One that was added is there, and the recovery codes that were shown with it stay.
    const codes = () =>
      prisma().recoveryCode.findMany({ where: { staffId: member.id }, orderBy: { id: 'asc' } })
    const shown = await codes()
    const late = await press()
    expect(flashOf(await browser.follow(late))).toContain('This passkey has already been added.')
    expect(await codes()).toEqual(shown)
    // The challenge is of the session that it was made in.
    const stranger = await someone()
    const foreign = await stranger.browser.submit(await stranger.browser.get(NEW), fields, { action: ADD })
    expect(said(foreign)).toEqual([422, ADDED])
    for (const broken of ['', 'x', '{}', '[]', 'null', '{"id":1}', `{"id":"${'a'.repeat(9_000)}"}`]) {
      const again = await browser.submit(await browser.get(NEW), { passkey: broken }, { action: ADD })
      expect(again.status).toBe(422)
    }
  })

  test('waits for the proof: the form comes back with the passkey that was made, and adds it', async () => {
    const { member, browser } = await someone()
    const page = await browser.get(NEW)
    const fields = { name: 'Watch', ...new Authenticator(purser.url).create(page) }
    await ageProofs(purser, { id: member.id })
    const asked = await browser.submit(page, fields, { action: ADD })
    expect(askedForProof(asked)).toBe(true)
    const again = await browser.submit(asked, { password: PASSWORD }, { action: '/proof' })
    expect([valueOf(again, 'name', ADD), valueOf(again, 'passkey', ADD)]).toEqual(['Watch', fields.passkey])
    expect((await browser.submit(again, {}, { action: ADD })).status).toBe(200)
  })

  test('asks for the proof before there is one: when its page is opened, and by a form that brings none', async () => {
    const { member, browser } = await someone()
    const page = await browser.get(NEW)
    await ageProofs(purser, { id: member.id })
    const away = await browser.get(NEW)
    expect([away.status, away.location]).toEqual([303, `/account/proof?next=${encodeURIComponent(NEW)}`])
    const unnamed = await browser.submit(page, { name: ' ' }, { action: ADD })
    expect([unnamed.status, errorAt(unnamed, 'name')]).toEqual([422, 'This field is required.'])
    const asked = await browser.submit(page, { name: 'Watch' }, { action: ADD })
    expect(askedForProof(asked)).toBe(true)
    for (const question of [asked, await browser.follow(away)]) {
      expect(question.html.querySelector('main .btn-ghost')?.getAttribute('href')).toBe('/account/factors')
    }
    const again = await browser.submit(asked, { password: PASSWORD }, { action: '/proof' })
    expect(valueOf(again, 'name', ADD)).toBe('Watch')
    const none = await browser.submit(again, {}, { action: ADD })
    expect([none.status, refusalOf(none)]).toEqual([422, 'Create a passkey in your browser first.'])
    const made = new Authenticator(purser.url).create(none)
    expect((await browser.submit(none, made, { action: ADD })).status).toBe(200)
  })

  test('is offered where APP_URL has a name alone', async () => {
    const elsewhere = await startPurser()
    try {
      const browser = await elsewhere.as(elsewhere.northwind.staff.support)
      expect(wordsOf(await browser.get('/account/factors'))).toContain('Passkeys cannot be used here')
      expect((await browser.get(NEW)).location).toBe('/account/factors')
      expect((await elsewhere.visitor().get('/login')).html.querySelector('[data-passkey]')).toBeNull()
    } finally {
      await elsewhere.stop()
    }
  })
})

describe('the whole login by a passkey', () => {
  test('opens a session as a password does, names the passkey, and tells of a new browser', async () => {
    const { member, authenticator } = await withPasskey()
    const told = () => prisma().loginNotice.count({ where: { staffId: member.id } })
    const before = await told()
    const visitor = purser.visitor()
    const page = await visitor.get('/login?next=/tags')
    const answer = await visitor.submit(page, authenticator.use(page))
    expect([answer.status, answer.location]).toEqual([303, '/tags'])
    expect((await visitor.get('/customers')).status).toBe(200)
    expect(visitor.cookies.has('purser-device')).toBe(true)
    expect(visitor.cookies.has('purser-trusted-browser')).toBe(false)
    expect(await told()).toBe(before + 1)
    expect(await lastEventOf(member)).toEqual({
      event: 'staff.logged_in',
      details: { factor: 'passkey_alone', passkey: 'Laptop' },
    })
    expect((await factorOf(member)).lastUsedAt).not.toBeNull()
    const events = wordsOf(await (await purser.as(purser.northwind.staff.owner)).get('/audit'))
    expect(events).toContain('logged in with the passkey Laptop')
    // It counts as a proof.
    expect(
      (await visitor.submit(await visitor.get('/account/factors'), {}, { action: '/recovery-codes' })).status,
    ).toBe(200)
    // In the browser that is known by now, nobody is told.
    visitor.cookies.delete('purser-portal')
    await logInAlone(authenticator, {}, visitor)
    expect(await told()).toBe(before + 1)
  })

  test('goes on with a form that was sent after its session had ended', async () => {
    const { member, browser, authenticator } = await withPasskey()
    const form = await browser.get('/account/factors/new')
    await prisma().session.deleteMany({ where: { staffId: member.id } })
    const login = await browser.submit(form, { name: 'Tablet', code: '123456' })
    const refused = await browser.submit(login, authenticator.use(login, { isVerified: false }), {
      action: '/login',
    })
    expect(said(refused)).toEqual([422, NOT_ALONE])
    const answer = await browser.submit(refused, authenticator.use(refused), { action: '/login' })
    expect(valueOf(answer, 'name')).toBe('Tablet')
  })

  test.each<[string, Tricks]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['the same host by another port', { origin: 'http://localhost:1' }],
    ['another host', { rpId: 'evil.example' }],
    ['another challenge', { challenge: 'AAAA' }],
    ['another ceremony', { type: 'webauthn.create' }],
    ['a frame of another page', { crossOrigin: true }],
    ['nobody there', { isPresent: false }],
    ['nobody verified', { isVerified: false }],
    ['another name', { id: 'AAAA' }],
    ['another user handle', { userHandle: newUserHandle({ kind: 'staff', resellerId: 'AAAAAAAA' }) }],
    ['none of our handles', { userHandle: 'AAAA' }],
  ])('is refused by %s', async (_what, tricks) => {
    const { authenticator } = await withPasskey()
    const visitor = purser.visitor()
    expect(said(await logInAlone(authenticator, tricks, visitor))).toEqual([422, NOT_ALONE])
    expect(visitor.cookies.has('purser-portal')).toBe(false)
    expect((await logInAlone(authenticator)).status).toBe(303)
  })

  test('is refused where the passkey is removed, unknown, or another person’s, or its owner is OFF: all in the same words', async () => {
    const removed = await withPasskey()
    const page = await removed.browser.get('/account/factors')
    expect((await removed.browser.submit(page, {}, { action: '/removal' })).status).toBe(303)
    expect(said(await logInAlone(removed.authenticator))).toEqual([422, NOT_ALONE])

    const off = await withPasskey()
    await prisma().staff.updateMany({ where: { id: off.member.id }, data: { state: 'OFF' } })
    expect(said(await logInAlone(off.authenticator))).toEqual([422, NOT_ALONE])
    expect(await lastEventOf(off.member)).toEqual({
      event: 'staff.login_failed',
      details: { email: off.member.email, why: 'off' },
    })

    const reset = await withPasskey()
    await prisma().passkey.deleteMany({ where: { factor: { staffId: reset.member.id } } })
    expect(said(await logInAlone(reset.authenticator))).toEqual([422, NOT_ALONE])

    // The name of one's own passkey under the handle of somebody else, and the other way round.
    const one = await withPasskey()
    const other = await withPasskey({ house: purser.eastgate })
    const [mine] = one.authenticator.credentials
    const [theirs] = other.authenticator.credentials
    for (const tricks of [
      { userHandle: theirs?.userHandle ?? '' },
      { id: theirs?.id.toString('base64url') ?? '' },
      { id: theirs?.id.toString('base64url') ?? '', userHandle: theirs?.userHandle ?? '' },
    ]) {
      expect(said(await logInAlone(one.authenticator, tricks))).toEqual([422, NOT_ALONE])
    }
    expect(mine?.userHandle).not.toBe(theirs?.userHandle)
  })

  test('counts once, on two processes as well, and in the browser that was asked', async () => {
    const { authenticator } = await withPasskey({ step: 0 })
    const other = await startEmptyPurser({
      database: { ...purser.database, drop: async () => {} },
      env: { APP_URL: purser.url },
    })
    try {
      const visitor = purser.visitor()
      const page = await visitor.get('/login')
      const fields = authenticator.use(page)
      const there = other.visitor()
      for (const [name, value] of visitor.cookies) there.cookies.set(name, value)
      const sendTo = (browser: Visitor) =>
        browser.post(
          '/login',
          { csrf: valueOf(page, 'csrf', '/login') ?? '', ...fields },
          { Origin: purser.url },
        )
      const answers = await Promise.all([visitor, there, visitor, there].map(sendTo))
      expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422])
      expect(answers.map(refusalOf).filter((words) => words !== '')).toEqual([TOO_LATE, TOO_LATE, TOO_LATE])

      // Another browser, which has a token of its own.
      const asked = await purser.visitor().get('/login')
      const stranger = purser.visitor()
      const login = await stranger.get('/login')
      expect(said(await stranger.submit(login, authenticator.use(asked)))).toEqual([422, TOO_LATE])
      expect((await stranger.submit(login, authenticator.use(login))).status).toBe(303)
    } finally {
      await other.stop()
    }
  })

  test('is over after five minutes', async () => {
    const { authenticator } = await withPasskey()
    const visitor = purser.visitor()
    const page = await visitor.get('/login')
    const { keys } = purser.services
    const { challenge, ...fields } = authenticator.use(page)
    const { tokenMark } = await import('../../src/web/csrf.ts')
    const about = `login|${tokenMark(valueOf(page, 'csrf') ?? '')}`
    const sealed = JSON.parse(keys.open('passkey-challenge', challenge, about) ?? '{}') as { at: number }
    const aged = (minutes: number) =>
      keys.seal('passkey-challenge', JSON.stringify({ ...sealed, at: sealed.at - minutes * 60_000 }), about)
    expect(said(await visitor.submit(page, { ...fields, challenge: aged(5) }))).toEqual([422, TOO_LATE])
    expect((await visitor.submit(page, { ...fields, challenge: aged(4) })).status).toBe(303)
  })

  test('is refused and told where the counter goes back or stands still, as one that was copied; but not by a signature that is wrong', async () => {
    const { member, authenticator } = await withPasskey()
    expect((await logInAlone(authenticator, { counter: 7 })).status).toBe(303)
    for (const counter of [7, 6, 0]) {
      expect(said(await logInAlone(authenticator, { counter }))).toEqual([422, NOT_ALONE])
      expect(await lastEventOf(member)).toEqual({
        event: 'staff.login_failed',
        details: { email: member.email, why: 'passkey_counter' },
      })
    }
    await logInAlone(authenticator, { counter: 3, rpId: 'evil.example' })
    expect(await lastEventOf(member)).toMatchObject({ details: { why: 'wrong_passkey' } })
    expect((await logInAlone(authenticator, { counter: 8 })).status).toBe(303)
    const owner = await purser.as(purser.northwind.staff.owner)
    expect(wordsOf(await owner.get('/audit'))).toContain(
      'passkey used out of order, so it may have been copied',
    )
  })

  test('goes on without a counter, as passkeys of password managers have none', async () => {
    const { authenticator } = await withPasskey({ step: 0 })
    expect((await logInAlone(authenticator)).status).toBe(303)
    expect((await logInAlone(authenticator)).status).toBe(303)
  })

  test('failures count as those of passwords: who fails too often is shut out for a while', async () => {
    const { member, authenticator } = await withPasskey()
    await prisma().throttle.deleteMany()
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await logInAlone(authenticator, { isVerified: false })).status).toBe(422)
    }
    const shut = await logInAlone(authenticator)
    expect(shut.status).toBe(429)
    expect(Number(shut.headers.get('Retry-After'))).toBeGreaterThan(60)
    const login = await purser.visitor().get('/login')
    expect(login.status).toBe(200)
    await prisma().throttle.deleteMany()
    expect((await logInAlone(authenticator)).status).toBe(303)
    expect((await eventsOf(member)).filter(({ event }) => event === 'staff.login_failed')).toHaveLength(10)
  })
})

test('strangers who fail on a network shut out no browser there that is known to the account', async () => {
  const { member, browser, authenticator } = await withPasskey()
  const unknown = new Authenticator(purser.url)
  await add((await someone()).browser, unknown)
  await prisma().passkey.deleteMany({
    where: { credentialId: unknown.credentials[0]?.id.toString('base64url') ?? '' },
  })
  await prisma().throttle.deleteMany()
  expect((await logInAlone(unknown)).status).toBe(422)
  await prisma().throttle.updateMany({
    where: { key: { startsWith: 'login-network' } },
    data: { points: 100 },
  })
  expect((await logInAlone(unknown)).status).toBe(429)
  // Also theirs, where it was never used before; and then it is not used up.
  expect((await logInAlone(authenticator)).status).toBe(429)
  expect((await factorOf(member)).lastUsedAt).toBeNull()
  browser.cookies.delete('purser-portal')
  expect((await logInAlone(authenticator, {}, browser)).status).toBe(303)
  await prisma().throttle.deleteMany()
})

describe('a passkey as the second factor', () => {
  test('lets in after the password, and names itself', async () => {
    const { member, authenticator } = await withPasskey()
    expect((await logInBoth(member, authenticator)).status).toBe(303)
    expect((await eventsOf(member)).slice(-2)).toEqual([
      { event: 'staff.password_accepted', details: { email: member.email } },
      { event: 'staff.logged_in', details: { factor: 'passkey', passkey: 'Laptop' } },
    ])
  })

  test('trusts no browser: that is for codes', async () => {
    const { member, authenticator } = await withPasskey()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, member)
    const answer = await visitor.submit(page, { ...authenticator.use(page), trusted: 'on' })
    expect(answer.status).toBe(303)
    expect(visitor.cookies.has('purser-trusted-browser')).toBe(false)
    expect(flashOf(await visitor.follow(answer))).toBe(
      'This browser is not trusted: that takes a code from an authenticator app.',
    )
  })

  test('a recovery code still lets in', async () => {
    const { member, codes } = await withPasskey()
    expect((await logInByCode(purser.visitor(), member, codes[0] ?? '')).status).toBe(303)
  })

  test('a stranger learns nothing: the page is the same for everybody, and so is what is said', async () => {
    const { member, authenticator } = await withPasskey()
    const own = await withPasskey()
    const without = await someone()
    const off = await withPasskey()
    await prisma().staff.updateMany({ where: { id: off.member.id }, data: { state: 'OFF' } })
    const attempts = [
      { email: member.email, password: PASSWORD, by: own.authenticator },
      { email: member.email, password: 'not the password at all', by: own.authenticator },
      { email: member.email, password: 'not the password at all', by: authenticator },
      { email: without.member.email, password: 'not the password at all', by: own.authenticator },
      { email: off.member.email, password: PASSWORD, by: off.authenticator },
      { email: 'nobody@northwind.example', password: PASSWORD, by: own.authenticator },
    ]
    const all: unknown[] = []
    for (const { email, password, by } of attempts) {
      const visitor = purser.visitor()
      const page = await askedForCode(visitor, { email }, password)
      const { options, challenge } = askedOn(page)
      let answer = page
      const statements = await statementsOf(async () => (answer = await visitor.submit(page, by.use(page))))
      expect(said(answer)).toEqual([422, NOT_SECOND])
      all.push({
        page: wordsOf(page).replaceAll(email, 'ADDRESS'),
        options: { ...options, challenge: options.challenge.length },
        challenge: challenge.length,
        statements,
      })
    }
    for (const one of all) expect(one).toEqual(all[0])
    expect(all[0]).toMatchObject({ options: { allowCredentials: [] } })
  })

  test.each<[string, Tricks]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['another host', { rpId: 'evil.example' }],
    ['nobody verified', { isVerified: false }],
  ])('is refused by %s', async (_what, tricks) => {
    const { member, authenticator } = await withPasskey()
    expect(said(await logInBoth(member, authenticator, tricks))).toEqual([422, NOT_SECOND])
    expect(await lastEventOf(member)).toMatchObject({ details: { why: 'wrong_passkey' } })
  })

  test('cannot take the challenge of another page, login or browser', async () => {
    const { member, authenticator } = await withPasskey()
    const visitor = purser.visitor()
    const login = await visitor.get('/login')
    const page = await askedForCode(visitor, member)
    expect(said(await visitor.submit(page, authenticator.use(login)))).toEqual([422, TOO_LATE])
    const stranger = await askedForCode(purser.visitor(), member)
    expect(said(await visitor.submit(page, authenticator.use(stranger)))).toEqual([422, TOO_LATE])
    expect((await visitor.submit(page, authenticator.use(page))).status).toBe(303)
  })

  test('is void after a changed password', async () => {
    const { member, browser, authenticator } = await withPasskey()
    const visitor = purser.visitor()
    const page = await askedForCode(visitor, member)
    const form = await browser.get('/account/password')
    await browser.submit(form, { current: PASSWORD, password: 'zebra lamp river moon' })
    expect(said(await visitor.submit(page, authenticator.use(page)))).toEqual([422, NOT_SECOND])
    expect((await logInAlone(authenticator)).status).toBe(303)
  })

  test('neither a code nor a passkey is asked at the code', async () => {
    const { member } = await withPasskey()
    const visitor = purser.visitor()
    const answer = await visitor.submit(await askedForCode(visitor, member), { code: '' })
    expect([answer.status, errorAt(answer, 'code')]).toEqual([422, 'This field is required.'])
  })
})

describe('a passkey as a proof', () => {
  async function asked(browser: Visitor, member: Member) {
    const page = await browser.get('/account/factors')
    await ageProofs(purser, { id: member.id })
    const answer = await browser.submit(page, {}, { action: '/recovery-codes' })
    expect(askedForProof(answer)).toBe(true)
    return answer
  }

  test('proves who it is, once', async () => {
    const { member, browser, authenticator } = await withPasskey()
    const page = await asked(browser, member)
    const fields = authenticator.use(page)
    const done = await browser.submit(page, fields, { action: '/proof' })
    expect(done.status).toBe(200)
    expect(await lastEventOf(member)).toEqual({ event: 'staff.proved', details: {} })
    const again = await browser.submit(page, fields, { action: '/proof' })
    expect(said(again)).toEqual([422, TOO_LATE])
  })

  test('is not that of another person, nor one without verification, nor a copy', async () => {
    const { member, browser, authenticator } = await withPasskey()
    const other = await withPasskey()
    const elsewhere = await withPasskey({ house: purser.eastgate })
    const tries: [Authenticator, Tricks][] = [
      [other.authenticator, {}],
      [elsewhere.authenticator, {}],
      [authenticator, { isVerified: false }],
      [authenticator, { counter: 0 }],
    ]
    await prisma().factor.updateMany({ where: { staffId: member.id }, data: { lastStep: 1n } })
    let page = await asked(browser, member)
    for (const [by, tricks] of tries) {
      page = await browser.submit(page, by.use(page, tricks), { action: '/proof' })
      expect(said(page)).toEqual([422, NOT_OWN])
      expect(await lastEventOf(member)).toEqual({ event: 'staff.proof_failed', details: {} })
    }
    expect(
      (await browser.submit(page, authenticator.use(page, { counter: 9 }), { action: '/proof' })).status,
    ).toBe(200)
  })

  test('is not asked of who has one of another host alone', async () => {
    const { member, browser } = await withPasskey()
    expect((await asked(browser, member)).html.querySelector('[data-passkey]')).not.toBeNull()
    await prisma().passkey.updateMany({
      where: { factor: { staffId: member.id } },
      data: { rpId: 'former.example' },
    })
    expect((await browser.get('/account/proof')).html.querySelector('[data-passkey]')).toBeNull()
  })

  test('is asked of who has one', async () => {
    const { member, browser } = await someone()
    const { secret } = await addApp(purser, browser)
    const page = await asked(browser, member)
    expect(page.html.querySelector('[data-passkey]')).toBeNull()
    expect((await browser.submit(page, { code: codeOf(secret) }, { action: '/proof' })).status).toBe(200)
  })
})

test('a passkey of another host is shown as one that no longer works, and can be removed', async () => {
  const { member, browser, authenticator } = await withPasskey()
  await prisma().passkey.updateMany({
    where: { factor: { staffId: member.id } },
    data: { rpId: 'former.example' },
  })
  const page = await browser.get('/account/factors')
  expect(wordsOf(page)).toContain('It was created for another address of this site.')
  const done = await browser.submit(page, {}, { action: '/removal' })
  expect(flashOf(await browser.follow(done))).toBe('Removed Laptop.')
  expect(await prisma().passkey.count({ where: { factor: { staffId: member.id } } })).toBe(0)
  expect((await logInAlone(authenticator)).status).toBe(422)
  await expect(purser.as(member)).resolves.toBeDefined()
})
