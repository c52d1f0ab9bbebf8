import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { limitRole } from '../support/ledger.ts'
import { ageProofs, askedForProof } from '../support/proof.ts'
import { type RunningPurser, startEmptyPurser, startPurser } from '../support/purser.ts'
import { addApp, codeOf, steadyStep } from '../support/factors.ts'
import { enter } from '../support/login-as.ts'
import { makeWaiting } from '../support/scene.ts'
import { type Answer, Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const OVERDRAFT = { overdraft: '12.50', reason: 'Typed <b>slowly</b> & long' }
const AS_DIALOG = { 'X-Requested-With': 'purser-dialog' }

const overdraftOf = async ({ id }: { id: string }) =>
  (await prisma().customer.findFirstOrThrow({ where: { id } })).overdraft

/** Somebody new who may set overdrafts, logged in here, with a form that is filled in and not sent. */
async function typing() {
  const member = await makeMember(purser.northwind, 'admin')
  const browser = await purser.as(member)
  const customer = await makeCustomer(purser.northwind)
  const form = await browser.get(`/customers/${customer.id}/overdraft`)
  const send = (page = form, by = browser) => by.submit(page, OVERDRAFT, { action: '/overdraft' })
  return { member, browser, customer, form, send }
}

/** Has sent a form that was answered with the question for the password. */
async function asked() {
  const all = await typing()
  await ageProofs(purser, all.member)
  const question = await all.send()
  expect(askedForProof(question)).toBe(true)
  return { ...all, question }
}

/** The same seal, set eleven minutes ago. */
function older(typedForm: string) {
  const held = JSON.parse(Buffer.from(typedForm.split('.')[0] ?? '', 'base64url').toString())
  const text = Buffer.from(JSON.stringify({ ...held, at: held.at - 11 * 60_000 })).toString('base64url')
  return `${text}.${purser.services.keys.sign('typed-form', text)}`
}

/** What the page that asks says of the form that waits for it. */
const noteOf = ({ html }: Answer) =>
  html.querySelector('.form-note')?.textContent.replace(/\s+/g, ' ').trim() ?? ''

const prove = (browser: Visitor, page: Answer, password = PASSWORD, fields = {}) =>
  browser.submit(page, { password, ...fields }, { action: '/account/proof' })

const eventsOf = ({ id }: { id: string }, event: string) =>
  prisma().auditRow.count({ where: { actorId: id, event } })

describe('a proof of who it is', () => {
  test('is a login for fifteen minutes, and not longer', async () => {
    const { member, send, customer } = await typing()
    await ageProofs(purser, { ...member, minutes: 14.8 })
    expect((await send()).status).toBe(303)
    expect(await overdraftOf(customer)).toBe(1_250n)
    const late = await typing()
    await ageProofs(purser, { ...late.member, minutes: 15.1 })
    expect(askedForProof(await late.send())).toBe(true)
    expect(await overdraftOf(late.customer)).toBe(0n)
  })

  test('is the password; the form comes back as typed, and is sent by a person only', async () => {
    const { member, browser, customer, question } = await asked()
    expect(noteOf(question)).toMatch(/^This was not submitted yet\. Confirm that it is you/)
    expect(question.text).not.toContain('slowly')
    const back = await prove(browser, question)
    expect([back.status, refusalOf(back)]).toEqual([
      200,
      'You have confirmed that it is you. Nothing has been submitted yet: check this page, then press the button again.',
    ])
    expect(back.html.querySelector('.form-errors.is-fine')).not.toBeNull()
    expect(question.html.querySelector('.form-errors')).toBeNull()
    for (const [name, value] of Object.entries(OVERDRAFT)) expect(valueOf(back, name)).toBe(value)
    expect(await overdraftOf(customer)).toBe(0n)
    const sent = await browser.submit(back, {}, { action: '/overdraft' })
    expect([sent.status, await overdraftOf(customer)]).toEqual([303, 1_250n])
    expect(await eventsOf(member, 'staff.proved')).toBe(1)
  })

  test('a wrong password is said at its field, recorded, and loses nothing', async () => {
    const { member, browser, question } = await asked()
    const wrong = await prove(browser, question, 'not the password')
    expect([wrong.status, errorAt(wrong, 'password')]).toEqual([422, 'This is not your current password.'])
    expect(noteOf(wrong)).toBe(noteOf(question))
    const empty = await prove(browser, wrong, '')
    expect([empty.status, errorAt(empty, 'password')]).toEqual([422, 'This field is required.'])
    expect(await eventsOf(member, 'staff.proof_failed')).toBe(1)
    expect(valueOf(await prove(browser, empty), 'reason')).toBe(OVERDRAFT.reason)
  })

  test('a form that is too long to be kept is not promised back, also after a wrong password', async () => {
    const { member, browser, form, customer } = await typing()
    await ageProofs(purser, member)
    const long = { ...OVERDRAFT, more: '\u0001'.repeat(15_000) }
    const question = await browser.submit(form, long, { action: '/overdraft' })
    for (const page of [question, await prove(browser, question, 'not the password')]) {
      expect(noteOf(page)).toMatch(/^This was not submitted, and it is too long to be kept\./)
    }
    const done = await prove(browser, question)
    expect([done.status, done.location]).toEqual([303, `/customers/${customer.id}/overdraft`])
    expect(noteOf(await browser.get('/account/proof'))).toBe('')
  })

  test('wrong passwords are counted with those of a change of one’s own password', async () => {
    const { member, browser, question } = await asked()
    let page = question
    for (let time = 0; time < 5; time++) page = await prove(browser, page, 'not the password')
    const change = { current: 'not the password', password: 'zebra lamp river moon' }
    const own = await browser.get('/account/password')
    for (let time = 0; time < 5; time++) await browser.submit(own, change, { action: '/account/password' })
    // Also the right one, and in every browser of theirs.
    const other = await purser.as(member)
    await ageProofs(purser, member)
    for (const one of [browser, other]) {
      const shut = await prove(one, await one.get('/account/proof'))
      expect(shut.status).toBe(429)
      expect(refusalOf(shut)).toMatch(/^Too many attempts/)
      expect(Number(shut.headers.get('Retry-After'))).toBeGreaterThan(0)
    }
    expect(await eventsOf(member, 'staff.proved')).toBe(0)
  })

  test('counts in its own session alone', async () => {
    const { member, browser, send, customer, question } = await asked()
    const other = await purser.as(member)
    await ageProofs(purser, member)
    await prove(other, await other.get('/account/proof'))
    expect(askedForProof(await send())).toBe(true)
    await prove(browser, question)
    expect((await send()).status).toBe(303)
    expect(await overdraftOf(customer)).toBe(1_250n)
  })

  test('given in one tab, it counts in the next, and both forms come back', async () => {
    const { member, browser, question } = await asked()
    const second = await makeCustomer(purser.northwind)
    const form = await browser.get(`/customers/${second.id}/overdraft`)
    const typed = { ...OVERDRAFT, reason: 'Second tab' }
    const secondQuestion = await browser.submit(form, typed, { action: '/overdraft' })
    expect(askedForProof(secondQuestion)).toBe(true)
    const first = await prove(browser, question)
    expect(valueOf(first, 'reason')).toBe(OVERDRAFT.reason)
    expect(valueOf(await prove(browser, secondQuestion), 'reason')).toBe('Second tab')
    for (const page of [first, form])
      expect((await browser.submit(page, typed, { action: '/overdraft' })).status).toBe(303)
    expect(await eventsOf(member, 'staff.proved')).toBe(2)
  })

  test('outlives the process that asked for it: nothing of it is held there', async () => {
    const { browser, customer, question } = await asked()
    const next = await startEmptyPurser({ database: { ...purser.database, drop: async () => {} } })
    const there = new Visitor(next.url)
    for (const [name, value] of browser.cookies) there.cookies.set(name, value)
    const back = await prove(there, question)
    expect(valueOf(back, 'reason')).toBe(OVERDRAFT.reason)
    await next.stop()
    expect((await browser.submit(back, {}, { action: '/overdraft' })).status).toBe(303)
    expect(await overdraftOf(customer)).toBe(1_250n)
  })

  test('comes too late for what was typed after ten minutes, and for what was changed on the way', async () => {
    for (const spoil of [
      (sealed: string) => older(sealed),
      (sealed: string) => sealed.replace(/^..../, 'AAAA'),
      (sealed: string) => `${sealed}x`,
      () => 'e30.x',
    ]) {
      const { browser, customer, question } = await asked()
      const typedForm = spoil(valueOf(question, 'typedForm') ?? '')
      const answer = await prove(browser, question, PASSWORD, { typedForm })
      expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}/overdraft`])
      expect(flashOf(await browser.follow(answer))).toMatch(/^What you entered could not be kept/)
    }
  })

  test('shows what one person typed to nobody else', async () => {
    const { question } = await asked()
    const { browser } = await asked()
    const own = await browser.get('/account/proof')
    const answer = await prove(browser, own, PASSWORD, { typedForm: valueOf(question, 'typedForm') })
    expect(answer.status).toBe(303)
    const page = await browser.follow(answer)
    expect(flashOf(page)).toMatch(/^What you entered could not be kept/)
    expect(page.text).not.toContain('slowly')
  })

  test('is asked for in a dialog, and there the form comes back too', async () => {
    const { member, browser, form } = await typing()
    await ageProofs(purser, member)
    const send = (page: Answer, fields: Record<string, string>, action: string) =>
      browser.submit(page, fields, { action, headers: AS_DIALOG })
    const question = await send(form, OVERDRAFT, '/overdraft')
    expect([question.status, question.html.querySelector('.dialog-fragment') !== null]).toEqual([403, true])
    const back = await send(question, { password: PASSWORD }, '/account/proof')
    expect(back.html.querySelector('.dialog-fragment')).not.toBeNull()
    expect([back.status, valueOf(back, 'reason')]).toEqual([200, OVERDRAFT.reason])
    expect((await send(back, {}, '/overdraft')).status).toBe(303)
  })

  test('whose session ends meanwhile waits on the login, which is one too', async () => {
    const { member, browser, customer, question } = await asked()
    await prisma().session.updateMany({
      where: { staffId: member.id },
      data: { lastSeenAt: new Date(Date.now() - 2 * 3_600_000) },
    })
    const login = await prove(browser, question)
    expect([login.status, login.html.querySelector('form')?.getAttribute('action')]).toEqual([403, '/login'])
    const fields = { email: member.email, password: PASSWORD }
    const back = await browser.submit(login, fields, { action: '/login' })
    expect([back.status, valueOf(back, 'reason')]).toEqual([200, OVERDRAFT.reason])
    expect((await browser.submit(back, {}, { action: '/overdraft' })).status).toBe(303)
    expect(await overdraftOf(customer)).toBe(1_250n)
  })

  test('is asked for after what is wrong in the form was said', async () => {
    const { member, browser, form } = await typing()
    await ageProofs(purser, member)
    const wrong = await browser.submit(form, { ...OVERDRAFT, overdraft: 'much' }, { action: '/overdraft' })
    expect(wrong.status).toBe(422)
    expect(askedForProof(wrong)).toBe(false)
  })

  test('keeps no password that a form has: nothing secret is in what the page carries', async () => {
    const { browser, question } = await asked()
    const csrf = valueOf(question, 'csrf') ?? ''
    const again = await browser.post(`/staff`, { csrf, email: 'x@y.example', name: 'N', role: 'support' })
    expect(again.status).toBe(403)
    const held = Buffer.from(valueOf(question, 'typedForm')?.split('.')[0] ?? '', 'base64url').toString()
    expect(Object.keys(JSON.parse(held).fields).sort()).toEqual([
      'overdraft',
      'overdraftFilled',
      'reason',
      'seen',
    ])
  })
})

describe('where a proof leads on', () => {
  test.each([
    ['/settings?x=1', '/settings?x=1'],
    ['', '/account'],
    ['https://elsewhere.example/', '/account'],
    ['//elsewhere.example/', '/account'],
    ['/\\elsewhere.example/', '/account'],
    ['/%09/elsewhere.example', '/%09/elsewhere.example'],
    ['/\t/elsewhere.example', '/account'],
    ['javascript:alert(1)', '/account'],
    ['/console/profile', '/account'],
  ])('from next=%s: %s', async (next, location) => {
    const browser = await purser.as(await makeMember(purser.northwind, 'support'))
    const page = await browser.get(`/account/proof?${new URLSearchParams({ next })}`)
    const cancel = page.html.querySelector('main .btn-ghost')?.getAttribute('href')
    expect(cancel).toBe(location)
    const answer = await prove(browser, page)
    expect([answer.status, answer.location]).toEqual([303, location])
    // As sent, not only as shown.
    expect(await prove(browser, page, PASSWORD, { next })).toMatchObject({ status: 303, location })
  })

  test('a visitor is asked to log in first', async () => {
    const visitor = purser.visitor()
    const answer = await visitor.get('/account/proof?next=/settings')
    expect([answer.status, answer.location]).toEqual([
      303,
      '/login?next=%2Faccount%2Fproof%3Fnext%3D%2Fsettings',
    ])
  })
})

describe('what else counts as one', () => {
  test('a new password of one’s own', async () => {
    const { member, browser, send } = await typing()
    await ageProofs(purser, member)
    const own = await browser.get('/account/password')
    await browser.submit(
      own,
      { current: PASSWORD, password: 'zebra lamp river moon' },
      { action: '/password' },
    )
    // The form is of the session before, so it comes back first; it is not asked for a proof.
    const again = await send()
    expect(wordsOf(again)).toContain('You have logged in again')
    expect((await browser.submit(again, {}, { action: '/overdraft' })).status).toBe(303)
  })
})

describe('logging in as a customer', () => {
  test('Admin Login asks, ReadOnly Login does not', async () => {
    const { member, browser, customer } = await typing()
    await ageProofs(purser, member)
    const form = await browser.get(`/customers/${customer.id}/login-as`)
    const begin = (mode: string) => browser.submit(form, { mode, reason: 'typed' }, { action: '/login-as' })
    expect((await begin('readonly')).status).toBe(303)
    const question = await begin('admin')
    expect(askedForProof(question)).toBe(true)
    const back = await prove(browser, question)
    expect(back.html.querySelector('input[value="admin"][checked]')).not.toBeNull()
    expect(valueOf(back, 'reason')).toBe('typed')
    expect((await browser.submit(back, {}, { action: '/login-as' })).status).toBe(303)
  })

  test('asks nobody for anything there: the proof of staff is none of the customer’s', async () => {
    const { member, browser, customer } = await typing()
    await enter(browser, customer, 'admin')
    const session = await prisma().session.findFirstOrThrow({ where: { customerId: customer.id } })
    expect(session.provedAt).toBeNull()
    await ageProofs(purser, member)
    const profile = await browser.get('/console/profile')
    const saved = await browser.submit(profile, { name: 'Another Name' }, { action: '/console/profile' })
    expect(saved.status).toBe(303)
  })
})

describe('money above one’s own approval threshold', () => {
  const refillBy = async (browser: Visitor, { id }: { id: string }, amount: string) => {
    const form = await browser.get(`/customers/${id}/balance`)
    return browser.submit(form, { amount, reason: 'courtesy' }, { action: '/refills' })
  }
  const waiting = ({ id }: { id: string }) => prisma().waitingPosting.count({ where: { customerId: id } })

  test('asks, and waits only when it was sent once more; up to the threshold it does not ask', async () => {
    await limitRole(purser.northwind, 'finance', { approvalAbove: 20_000n })
    const member = await makeMember(purser.northwind, 'finance')
    const browser = await purser.as(member)
    const customer = await makeCustomer(purser.northwind)
    await ageProofs(purser, member)
    expect((await refillBy(browser, customer, '200.00')).status).toBe(303)
    const question = await refillBy(browser, customer, '200.01')
    expect(askedForProof(question)).toBe(true)
    const back = await prove(browser, question)
    expect(valueOf(back, 'amount', '/refills')).toBe('200.01')
    expect(await waiting(customer)).toBe(0)
    const sent = await browser.submit(back, {}, { action: '/refills' })
    expect([sent.status, await waiting(customer)]).toEqual([303, 1])
    // The key is the same, so it waits once.
    await browser.submit(back, {}, { action: '/refills' })
    expect(await waiting(customer)).toBe(1)
    const [row] = await prisma().waitingPosting.findMany({ where: { customerId: customer.id } })
    expect(JSON.stringify(row?.facts)).not.toContain('proof')
  })

  test('what is above a limit is refused, without asking first', async () => {
    await limitRole(purser.northwind, 'finance', { entryMax: 10_000n, approvalAbove: 5_000n })
    const member = await makeMember(purser.northwind, 'finance')
    const browser = await purser.as(member)
    await ageProofs(purser, member)
    const answer = await refillBy(browser, await makeCustomer(purser.northwind), '100.01')
    expect([answer.status, askedForProof(answer)]).toEqual([422, false])
  })

  test('of an approval it is the threshold of who approves', async () => {
    await limitRole(purser.northwind, 'finance', {})
    const { waitingId } = await makeWaiting(purser.northwind, { amount: 30_000n })
    const member = await makeMember(purser.northwind, 'admin')
    const browser = await purser.as(member)
    await ageProofs(purser, member)
    const page = await browser.get(`/approvals/${waitingId}`)
    await limitRole(purser.northwind, 'admin', { approvalAbove: 29_999n })
    const question = await browser.submit(page, {}, { action: '/approval' })
    expect(askedForProof(question)).toBe(true)
    await limitRole(purser.northwind, 'admin', { approvalAbove: 30_000n })
    expect((await browser.submit(page, {}, { action: '/approval' })).status).toBe(303)
  })

  test('opening credits ask as well: of a new customer, who is not made before, and of an invite', async () => {
    await limitRole(purser.northwind, 'admin', { approvalAbove: 1_000n })
    const member = await makeMember(purser.northwind, 'admin')
    const browser = await purser.as(member)
    await ageProofs(purser, member)
    for (const address of ['/customers', '/invites']) {
      const email = `opening-${address.slice(1)}@proof.example`
      const form = await browser.get(address === '/customers' ? '/customers/new' : address)
      const send = (page: Answer, credits: string) =>
        browser.submit(page, { email, name: 'Opened', credits }, { action: address })
      const question = await send(form, '10.01')
      expect([address, askedForProof(question)]).toEqual([address, true])
      expect(await prisma().customer.count({ where: { email } })).toBe(0)
      expect(await prisma().invite.count({ where: { email } })).toBe(0)
      expect((await send(form, '10.00')).status).toBe(303)
    }
  })
})

describe('a code of an authenticator app', () => {
  async function withApp() {
    const all = await typing()
    await steadyStep()
    const { secret, codes } = await addApp(purser, all.browser, `App of ${all.member.id}`)
    await ageProofs(purser, all.member)
    return { ...all, secret, codes, question: await all.send() }
  }
  const proveBy = (browser: Visitor, page: Answer, code: string) => prove(browser, page, '', { code })

  test('does as well as the password, once', async () => {
    const { member, browser, secret, question } = await withApp()
    const code = codeOf(secret)
    const back = await proveBy(browser, question, code)
    expect([back.status, valueOf(back, 'reason')]).toEqual([200, OVERDRAFT.reason])
    expect((await browser.submit(back, {}, { action: '/overdraft' })).status).toBe(303)
    expect(await eventsOf(member, 'staff.proved')).toBe(1)
    await ageProofs(purser, member)
    const again = await proveBy(browser, await browser.get('/account/proof'), code)
    expect([again.status, errorAt(again, 'code')]).toEqual([
      422,
      expect.stringMatching(/^This code is not valid/),
    ])
    expect(again.text).not.toContain(code)
    expect(await eventsOf(member, 'staff.proof_failed')).toBe(1)
    // The password still does.
    expect((await prove(browser, again)).status).toBe(303)
  })

  test('counts where a password is filled in that fits no longer', async () => {
    const { browser, secret, question } = await withApp()
    const back = await prove(browser, question, 'a password of last year', { code: codeOf(secret) })
    expect([back.status, valueOf(back, 'reason')]).toEqual([200, OVERDRAFT.reason])
  })

  test('used in two tabs at once, proves once', async () => {
    const { member, browser, secret } = await withApp()
    const page = await browser.get('/account/proof')
    const code = codeOf(secret)
    const answers = await Promise.all([proveBy(browser, page, code), proveBy(browser, page, code)])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422])
    expect(await eventsOf(member, 'staff.proved')).toBe(1)
  })

  test('is not one of somebody else, a wrong one, or a recovery code, which is not used up', async () => {
    const { member, browser, codes, question } = await withApp()
    const { secret: others } = await withApp()
    for (const code of ['000000', codeOf(others), 'letters', codes[0] ?? '']) {
      const wrong = await proveBy(browser, question, code)
      expect([code, wrong.status, errorAt(wrong, 'code') !== '']).toEqual([code, 422, true])
    }
    expect(await prisma().recoveryCode.count({ where: { staffId: member.id, usedAt: null } })).toBe(10)
  })

  test('is asked of those who have one only, and counted with their passwords', async () => {
    const { browser: without, question: plain } = await asked()
    expect(plain.html.querySelector('[name="code"]')).toBeNull()
    expect((await proveBy(without, plain, '123456')).status).toBe(422)
    const { browser, secret, question } = await withApp()
    for (let time = 0; time < 5; time++) await proveBy(browser, question, '000000')
    for (let time = 0; time < 5; time++) await prove(browser, question, 'not the password')
    expect((await proveBy(browser, question, codeOf(secret))).status).toBe(429)
    expect((await prove(browser, question)).status).toBe(429)
  })
})
