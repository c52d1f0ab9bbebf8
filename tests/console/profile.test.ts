import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows, linkRows, mailRows } from '../support/rows.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

async function someone() {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD, name: 'Ada Lovelace' })
  const browser = await purser.asCustomer(customer)
  return { customer, browser, page: await browser.get('/console/profile') }
}
const save = (browser: Visitor, page: Answer, fields: Record<string, string>) =>
  browser.submit(page, fields, { action: '/console/profile' })
const move = (browser: Visitor, page: Answer, fields: Record<string, string>) =>
  browser.submit(page, fields, { action: '/profile/email' })

describe('the profile', () => {
  test('name and phone are changed, and the log says by whom and from what', async () => {
    const { customer, browser, page } = await someone()
    const answer = await save(browser, page, { name: 'Ada L.', phone: '+49 30 1234567' })
    expect([answer.status, answer.location]).toEqual([303, '/console/profile'])
    const after = await browser.follow(answer)
    expect(flashOf(after)).toBe('Profile saved.')
    expect(valueOf(after, 'name')).toBe('Ada L.')
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      name: 'Ada L.',
      phone: '+49 30 1234567',
      email: customer.email,
    })
    expect(await eventRows(purser.northwind, customer, 'customer.changed')).toMatchObject([
      {
        actorKind: 'customer',
        actorId: customer.id,
        forCustomerId: null,
        details: {
          changed: ['name', 'phone'],
          before: ['Ada Lovelace', ''],
          after: ['Ada L.', '+49 30 1234567'],
        },
      },
    ])
  })

  test('bad input keeps what was typed, with a sentence at its field', async () => {
    const { browser, page } = await someone()
    const answer = await save(browser, page, { name: '', phone: 'call me' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'name')).toBe('This field is required.')
    expect(errorAt(answer, 'phone')).toMatch(/Enter a phone number/)
    expect(valueOf(answer, 'phone')).toBe('call me')
    expect(wordsOf(answer)).toContain('E-mail address')
  })

  test('what staff saved meanwhile is shown beside what was typed, and sending again decides', async () => {
    const { customer, browser, page } = await someone()
    const owner = await purser.as(purser.northwind.staff.owner)
    await owner.submit(await owner.get(`/customers/${customer.id}/edit`), { name: 'Countess Ada' })
    const conflict = await save(browser, page, { name: 'Ada L.' })
    expect(conflict.status).toBe(409)
    expect(wordsOf(conflict)).toContain('Countess Ada')
    expect(valueOf(conflict, 'name')).toBe('Ada L.')
    expect((await customerRow(purser.northwind, customer)).name).toBe('Countess Ada')
    expect((await save(browser, conflict, {})).status).toBe(303)
    expect((await customerRow(purser.northwind, customer)).name).toBe('Ada L.')
  })

  test('a conflict speaks to the customer, not about one', async () => {
    const { customer, browser, page } = await someone()
    const owner = await purser.as(purser.northwind.staff.owner)
    await owner.submit(await owner.get(`/customers/${customer.id}/edit`), { name: 'Countess Ada' })
    const conflict = await save(browser, page, { name: 'Ada L.' })
    expect(refusalOf(conflict)).toMatch(/Last change: staff of Northwind Cloud, \d/)
    expect(conflict.text).not.toContain(purser.northwind.staff.owner.email)
  })
})

describe('the e-mail address', () => {
  test('is changed with the password: verified again, the team Default, both addresses told', async () => {
    const { customer, browser, page } = await someone()
    const email = `moved-${customer.email}`
    const answer = await move(browser, page, { email: email.toUpperCase(), password: PASSWORD })
    expect([answer.status, answer.location]).toEqual([303, '/console/profile'])
    expect(flashOf(await browser.follow(answer))).toContain(`Your e-mail address is now ${email}.`)
    const row = await customerRow(purser.northwind, customer)
    expect(row).toMatchObject({ email, emailVerifiedAt: null, team: { type: 'default' } })
    const mails = await mailRows(purser.northwind, customer)
    expect(mails.map(({ template, toEmail }) => [template, toEmail]).sort()).toEqual([
      ['email-changed', customer.email],
      ['verify-email', email],
    ])
    expect(await linkRows(purser.northwind, customer)).toMatchObject([{ purpose: 'verify_email', email }])
    const again = purser.visitor()
    const login = await again.get('/console/northwind/login')
    expect((await again.submit(login, { email, password: PASSWORD })).status).toBe(303)
    expect((await again.submit(login, { email: customer.email, password: PASSWORD })).status).not.toBe(303)
    expect(await eventRows(purser.northwind, customer, 'customer.changed')).toMatchObject([
      { details: { changed: ['email'], before: [customer.email], after: [email] } },
    ])
  })

  test.each([
    ['a wrong password', { password: 'not the password' }, 'password', /not your current password/],
    ['no password', { password: '' }, 'password', /This field is required/],
    ['no address', { email: 'nothing', password: PASSWORD }, 'email', /Enter an e-mail address/],
  ])('%s changes nothing and is a sentence at its field', async (_what, fields, field, sentence) => {
    const { customer, browser, page } = await someone()
    const answer = await move(browser, page, { email: `moved-${customer.email}`, ...fields })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toMatch(sentence)
    if (fields.password) expect(answer.text).not.toContain(fields.password)
    expect((await customerRow(purser.northwind, customer)).email).toBe(customer.email)
  })

  test('somebody else’s address is refused, without saying whose', async () => {
    const { customer, browser, page } = await someone()
    const other = await makeCustomer(purser.northwind, { name: 'A Neighbour' })
    const answer = await move(browser, page, { email: other.email, password: PASSWORD })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'email')).toContain('with this address already')
    expect(answer.text).not.toContain(other.id)
    expect(answer.text).not.toContain('A Neighbour')
    expect((await customerRow(purser.northwind, customer)).email).toBe(customer.email)
  })

  test('moves five times an hour at most: what is typed stays, and nobody is written to', async () => {
    const { customer, browser } = await someone()
    const victim = `victim-${customer.email}`
    const attempt = async (email: string, password = PASSWORD) =>
      move(browser, await browser.get('/console/profile'), { email, password })
    for (const [email, status] of [
      [victim, 303],
      [customer.email, 303],
      [victim, 303],
      // Which addresses are taken is not to be tried out either.
      [(await makeCustomer(purser.northwind)).email, 422],
      [`other-${customer.email}`, 303],
    ] as const) {
      expect((await attempt(email, 'not the password')).status).toBe(422)
      expect((await attempt(email)).status).toBe(status)
    }
    const mails = await mailRows(purser.northwind, customer)
    const refused = await attempt(victim)
    expect(refused.status).toBe(429)
    expect(refusalOf(refused)).toMatch(/^Too many attempts\. Try again in \d+ minutes\.$/)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(3000)
    expect(valueOf(refused, 'email')).toBe(victim)
    expect(refused.text).not.toContain(PASSWORD)
    expect(await mailRows(purser.northwind, customer)).toEqual(mails)
    expect((await customerRow(purser.northwind, customer)).email).toBe(`other-${customer.email}`)
    // The rest of the profile is not concerned, nor is anybody else's address.
    expect((await save(browser, await browser.get('/console/profile'), { name: 'Ada L.' })).status).toBe(303)
    const other = await someone()
    expect((await move(other.browser, other.page, { email: victim, password: PASSWORD })).status).toBe(303)
  })

  test('a former one that was never verified is told no more than that: it may be anybody’s', async () => {
    const { customer, browser, page } = await someone()
    const first = await move(browser, page, { email: `a-${customer.email}`, password: PASSWORD })
    await move(browser, await browser.follow(first), { email: `b-${customer.email}`, password: PASSWORD })
    const mails = await mailRows(purser.northwind, customer)
    expect(mails.map(({ template, toEmail }) => [template, toEmail]).sort()).toEqual([
      ['address-left', `a-${customer.email}`],
      ['email-changed', customer.email],
      ['verify-email', `a-${customer.email}`],
      ['verify-email', `b-${customer.email}`],
    ])
  })

  test('the same one is no change', async () => {
    const { customer, browser, page } = await someone()
    expect((await move(browser, page, { password: PASSWORD })).status).toBe(303)
    expect(await mailRows(purser.northwind, customer)).toEqual([])
  })

  test('of two changes at once one gets through', async () => {
    const { customer, browser, page } = await someone()
    const answers = await Promise.all(
      ['a', 'b'].map((letter) =>
        move(browser, page, { email: `${letter}-${customer.email}`, password: PASSWORD }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
    const conflict = answers.find(({ status }) => status === 409)
    expect(conflict && refusalOf(conflict)).toContain('Last change: you, in another window or browser')
    expect(await eventRows(purser.northwind, customer, 'customer.changed')).toHaveLength(1)
  })

  test.each([
    ['the address', (email: string) => ({ email: `right-${email}` }), (email: string) => `right-${email}`],
    ['the phone alone', () => ({ phone: '+49 30 1234567' }), (email: string) => email],
  ])('where staff changed %s meanwhile, it says what stands there now', async (_what, changed, now) => {
    const { customer, browser, page } = await someone()
    const owner = await purser.as(purser.northwind.staff.owner)
    await owner.submit(await owner.get(`/customers/${customer.id}/edit`), changed(customer.email))
    const email = `moved-${customer.email}`
    const conflict = await move(browser, page, { email, password: PASSWORD })
    expect(conflict.status).toBe(409)
    expect(refusalOf(conflict)).toContain('Changed by someone else')
    const form = conflict.html.querySelector('form[action$="/profile/email"]')
    expect(form?.querySelector('.field-now strong')?.textContent).toBe(now(customer.email))
    expect(valueOf(conflict, 'email')).toBe(email)
    // The other form was not sent, and differs in nothing.
    expect(conflict.html.querySelectorAll('.field-now')).toHaveLength(1)
    expect((await customerRow(purser.northwind, customer)).email).toBe(now(customer.email))
    expect((await move(browser, conflict, { password: PASSWORD })).status).toBe(303)
    expect((await customerRow(purser.northwind, customer)).email).toBe(email)
  })
})
