import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type Delivered, MailServer } from '../support/mail-server.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows, linkRows, mailRows } from '../support/rows.ts'
import { type Visitor, flashOf, refusalOf, tokenOf, valueOf, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

const NEW = 'seven violet otters dance'
const OWN = 'granite teapot over harbour'
const MARK = 'after a reset by Admin Person'

const server = new MailServer()
let purser: RunningPurser
let admin: Visitor
beforeAll(async () => {
  await server.start()
  purser = await startPurser({ works: true, env: { SMTP_URL: `smtp://127.0.0.1:${server.port}` } })
  admin = await purser.as(purser.northwind.staff.admin)
})
afterAll(async () => {
  await purser.stop()
  await server.stop()
})

type Customer = Awaited<ReturnType<typeof makeCustomer>>

/** A customer with a password; `isVerified`: whose address was proved. */
function someone({ isVerified = true } = {}) {
  return makeCustomer(purser.northwind, {
    password: PASSWORD,
    teamType: isVerified ? 'individual' : 'default',
  })
}

/** Resets the password as staff do, and gives the generated one. */
async function reset({ id }: { id: string }, by = admin): Promise<string> {
  const page = await by.get(`/customers/${id}/password-reset`)
  const generated = await by.submit(page, {}, { action: '/candidate' })
  await by.submit(generated, {}, { action: '/password-reset' })
  return generated.html.querySelector('[data-password]')?.getAttribute('data-password') ?? ''
}

async function chooseOwn(browser: Visitor, current: string, password = NEW) {
  const page = await browser.get('/console/password')
  const answer = await browser.submit(page, { current, password }, { action: '/password' })
  expect(answer.status).toBe(303)
}

/** The latest mail to this address whose subject fits, once it has come. */
const mailTo = (to: string, subject: string): Promise<Delivered> =>
  waitFor(
    () =>
      server.mails.filter((mail) => mail.to.includes(to) && mail.headers.subject?.includes(subject)).at(-1),
    { what: `“${subject}” to ${to}` },
  )
const linkIn = ({ text }: Delivered) => /\/(?:set-password|verify)\/\S+/.exec(text)?.[0] ?? ''

/** Sets a password through a link, in a browser that knows nothing. */
async function setThrough(link: string, password = OWN) {
  const browser = purser.visitor()
  const answer = await browser.submit(await browser.get(link), { password })
  expect(answer.status).toBe(303)
}

const security = async (browser: Visitor) => wordsOf(await browser.get('/console/security'))
const details = async ({ id }: { id: string }) => wordsOf(await admin.get(`/customers/${id}`))
const markOf = async (customer: Customer) => {
  const { resetBy, resetProofEmail } = await customerRow(purser.northwind, customer)
  return resetBy && [resetBy, resetProofEmail]
}

describe('after a reset', () => {
  test('all that is done with the password says so, until the customer uses the link in the mail', async () => {
    const customer = await someone()
    const seen = await reset(customer)
    const browser = await purser.asCustomer(customer, seen)
    await chooseOwn(browser, seen)
    const profile = await browser.get('/console/profile')
    await browser.submit(profile, { name: 'Somebody Else' }, { action: '/console/profile' })

    // Setting a new password does not end it.
    expect(await security(browser)).toContain(MARK)
    expect((await browser.get('/console/security')).text.split(MARK).length).toBeGreaterThan(4)
    for (const event of ['customer.logged_in', 'customer.password_changed', 'customer.changed']) {
      expect(await eventRows(purser.northwind, customer, event)).toMatchObject([
        { afterResetBy: 'Admin Person' },
      ])
    }
    const log = await admin.get(`/audit?customer=${customer.id}`)
    const rows = log.html.querySelectorAll('tbody tr').map((row) => row.textContent.replace(/\s+/g, ' '))
    expect(rows.filter((row) => row.includes('as the customer'))).toHaveLength(3)
    expect(rows.filter((row) => row.includes(MARK))).toHaveLength(3)
    const csv = await admin.get(`/audit/export.csv?customer=${customer.id}`)
    expect(csv.text.split('\n')[0]).toContain('after_reset_by')
    expect(csv.text.match(/,Admin Person,/g)).toHaveLength(3)
    expect(await details(customer)).toContain(MARK)
    const list = await admin.get(`/customers?q=${customer.email}`)
    expect(list.html.querySelector('tbody td:nth-child(8)')?.textContent).toContain('after a reset')

    // The customer has been told of both, and the mail about the reset carries the link.
    const told = await mailTo(customer.email, 'Your password was reset')
    expect(told.text).toContain('Admin Person of Northwind Cloud reset the password')
    expect((await mailTo(customer.email, 'Your password was changed')).text).toContain('after a reset by')
    await setThrough(linkIn(told))

    expect(await markOf(customer)).toBeNull()
    expect((await browser.get('/console')).status).toBe(303)
    const theirs = await purser.asCustomer(customer, OWN)
    const page = await theirs.get('/console/security')
    const sessions = page.html.querySelector('[aria-labelledby="sessions-title"]')?.textContent ?? ''
    expect(sessions).not.toContain('after a reset')
    // What was done before stays to be seen.
    expect(wordsOf(page)).toContain(MARK)
    expect(await eventRows(purser.northwind, customer, 'customer.password_set')).toMatchObject([
      { afterResetBy: null },
    ])
    expect(await eventRows(purser.northwind, customer, 'password.reset_over')).toMatchObject([
      { actorKind: 'customer', details: { email: customer.email, by: 'Admin Person' } },
    ])
    expect(
      (await eventRows(purser.northwind, customer, 'customer.logged_in')).at(-1)?.afterResetBy,
    ).toBeNull()
    expect(await details(customer)).not.toContain('The mark is removed once the customer uses')
  })

  test('the address stays, whatever password is known', async () => {
    const customer = await someone()
    const seen = await reset(customer)
    const browser = await purser.asCustomer(customer, seen)
    await chooseOwn(browser, seen)
    const page = await browser.get('/console/profile')
    expect(wordsOf(page)).toContain('the address cannot be changed until you have used the link')
    const fields = { email: `mine-${customer.email}`, password: NEW }
    const refused = await browser.submit(page, fields, { action: '/profile/email' })
    expect(refused.status).toBe(409)
    expect(refusalOf(refused)).toContain(`a link sent to ${customer.email}`)
    expect(valueOf(refused, 'email', '/profile/email')).toBe(`mine-${customer.email}`)
    expect(refused.text).not.toContain(NEW)
    expect((await customerRow(purser.northwind, customer)).email).toBe(customer.email)

    await setThrough(linkIn(await mailTo(customer.email, 'Your password was reset')))
    const theirs = await purser.asCustomer(customer, OWN)
    const form = await theirs.get('/console/profile')
    const moved = await theirs.submit(form, { ...fields, password: OWN }, { action: '/profile/email' })
    expect(moved.status).toBe(303)
  })

  test('an address that staff chose since proves nothing, and the former one still does', async () => {
    const customer = await someone()
    await reset(customer)
    const email = `chosen-${customer.email}`
    await admin.submit(await admin.get(`/customers/${customer.id}/edit`), { email })
    const told = await mailTo(customer.email, 'Your e-mail address was changed')
    expect(told.text).toContain(`Admin Person of Northwind Cloud changed it to ${email}`)

    const visitor = purser.visitor()
    await visitor.submit(await visitor.get(linkIn(await mailTo(email, 'Verify'))))
    expect((await customerRow(purser.northwind, customer)).emailVerifiedAt).not.toBeNull()
    const door = await visitor.get('/console/forgotten-password?reseller=northwind')
    await visitor.submit(door, { email })
    await setThrough(linkIn(await mailTo(email, 'Set a new password')), NEW)
    expect(await markOf(customer)).toEqual(['Admin Person', customer.email])
    expect(await security(await purser.asCustomer({ email }, NEW))).toContain(MARK)
    expect((await mailTo(customer.email, 'Your password was changed')).text).toContain('Admin Person')

    await setThrough(linkIn(await mailTo(customer.email, 'Your password was reset')))
    expect(await markOf(customer)).toBeNull()
    expect((await purser.asCustomer({ email }, OWN)).url).toBe(purser.url)
  })

  test('a forgotten password ends it at the address that was verified before, also where staff changed it since', async () => {
    const customer = await someone()
    await reset(customer)
    const email = `moved-${customer.email}`
    await admin.submit(await admin.get(`/customers/${customer.id}/edit`), { email })
    const visitor = purser.visitor()
    const door = await visitor.get('/console/forgotten-password?reseller=northwind')
    await visitor.submit(door, { email: customer.email })
    await setThrough(linkIn(await mailTo(customer.email, 'Set a new password')))
    expect(await markOf(customer)).toBeNull()
    const [asked] = await eventRows(purser.northwind, customer, 'customer.password_link_requested')
    expect(asked).toMatchObject({ actorKind: 'visitor', afterResetBy: 'Admin Person' })
  })

  test('without a verified address it stays, and staff and customer see why', async () => {
    const customer = await someone({ isVerified: false })
    const seen = await reset(customer)
    const told = await mailTo(customer.email, 'Your password was reset')
    expect(told.text).not.toContain('Admin Person')
    expect(told.text + told.html).not.toMatch(/set-password|https?:/)
    expect(await details(customer)).toContain(
      'The mark stays, because no e-mail address was verified before the reset.',
    )

    const browser = await purser.asCustomer(customer, seen)
    await chooseOwn(browser, seen)
    const page = await browser.get('/console/profile')
    const fields = { email: `x-${customer.email}`, password: NEW }
    expect((await browser.submit(page, fields, { action: '/profile/email' })).status).toBe(409)
    // Verifying the address afterwards does not help: whoever had the password could do it.
    await browser.submit(await browser.get('/console'), {}, { action: '/verification' })
    const link = linkIn(await mailTo(customer.email, 'Verify'))
    await browser.submit(await browser.get(link))
    const door = await browser.get('/console/forgotten-password?reseller=northwind')
    await purser.visitor().submit(door, { email: customer.email })
    expect(await markOf(customer)).toEqual(['Admin Person', null])
    const refused = await browser.post('/console/security/reset-link', {
      csrf: await tokenOf(browser, 'console'),
    })
    expect(refused.status).toBe(409)
  })

  test('of two resets the latest name counts, and the address that was verified before the first', async () => {
    const customer = await someone()
    await reset(customer)
    const first = linkIn(await mailTo(customer.email, 'Your password was reset'))
    const email = `second-${customer.email}`
    await admin.submit(await admin.get(`/customers/${customer.id}/edit`), { email })
    const visitor = purser.visitor()
    await visitor.submit(await visitor.get(linkIn(await mailTo(email, 'Verify'))))
    const owner = await purser.as(purser.northwind.staff.owner)
    const seen = await reset(customer, owner)
    expect(await markOf(customer)).toEqual(['Rosa Owen', customer.email])
    // Each reset's mail has a link of its own, and the present address is told too, without one.
    expect((await visitor.get(first)).status).toBe(410)
    const notice = await mailTo(email, 'Your password was reset')
    expect(notice.text).not.toMatch(/Rosa Owen|set-password/)
    expect(await security(await purser.asCustomer({ email }, seen))).toBeTruthy()
    const latest = await waitFor(() =>
      server.mails.find(({ to, text }) => to.includes(customer.email) && text.includes('Rosa Owen')),
    )
    await setThrough(linkIn(latest))
    expect(await markOf(customer)).toBeNull()
  })

  test('failed logins say so as well, and the event of the reset itself does not', async () => {
    const customer = await someone()
    await reset(customer)
    const visitor = purser.visitor()
    const login = await visitor.get('/console/northwind/login')
    await visitor.submit(login, { email: customer.email, password: 'wrong and wrong again' })
    expect(await eventRows(purser.northwind, customer, 'customer.login_failed')).toMatchObject([
      { afterResetBy: 'Admin Person' },
    ])
    expect(await eventRows(purser.northwind, customer, 'password.reset')).toMatchObject([
      { afterResetBy: null },
    ])
  })

  test('the link is sent again from the Security page, five times an hour', async () => {
    const customer = await someone()
    const seen = await reset(customer)
    const browser = await purser.asCustomer(customer, seen)
    await chooseOwn(browser, seen)
    for (let time = 1; time <= 5; time++) {
      const answer = await browser.submit(
        await browser.get('/console/security'),
        {},
        { action: '/reset-link' },
      )
      expect([answer.status, answer.location]).toEqual([303, '/console/security'])
    }
    expect(flashOf(await browser.get('/console/security'))).toContain(
      `A link is on its way to ${customer.email}`,
    )
    const page = await browser.get('/console/security')
    const refused = await browser.submit(page, {}, { action: '/reset-link' })
    expect(refused.status).toBe(429)
    const links = (await linkRows(purser.northwind, customer)).filter(({ revokedAt }) => !revokedAt)
    expect(links).toHaveLength(6)
    expect(links.every(({ email }) => email === customer.email)).toBe(true)
    expect((await browser.get('/console/security/reset-link')).location).toBe('/console/security')
  })

  test('is shown nowhere without a reset, and there is nothing to send', async () => {
    const customer = await someone()
    const browser = await purser.asCustomer(customer)
    expect(await security(browser)).not.toContain('after a reset')
    const csrf = await tokenOf(browser, 'console')
    expect((await browser.post('/console/security/reset-link', { csrf })).status).toBe(409)
    expect(await mailRows(purser.northwind, customer)).toEqual([])
  })
})

describe('links in mails', () => {
  const open = async (customer: Customer, template: string, by = admin, house = purser) => {
    const [mail] = await waitFor(async () => {
      const rows = await mailRows(house.northwind, customer)
      const found = rows.filter((row) => row.template === template && row.state !== 'waiting')
      return found.length > 0 && found
    })
    return by.get(`/mails/${mail?.id}`)
  }

  test('that went out by SMTP are not shown to staff', async () => {
    const customer = await someone()
    await reset(customer)
    const link = linkIn(await mailTo(customer.email, 'Your password was reset'))
    const page = await open(customer, 'password-reset')
    expect(wordsOf(page)).toContain('(link hidden)')
    expect(page.text).not.toContain('/set-password/')
    expect(page.text).not.toContain(link.split('.').at(-1))
    expect((await linkRows(purser.northwind, customer)).map(({ shownAt }) => shownAt)).toEqual([null])
    await setThrough(link)
    expect(await markOf(customer)).toBeNull()
  })

  test('that wait for SMTP are not either', async () => {
    await server.refuse({ code: 451, message: 'Later' })
    const customer = await someone()
    await reset(customer)
    const mail = await waitFor(async () => (await mailRows(purser.northwind, customer))[0])
    const page = await admin.get(`/mails/${mail.id}`)
    await server.refuse(null)
    expect(wordsOf(page)).toContain('(link hidden)')
    expect(page.text).not.toContain('/set-password/')
  })

  test('in kept mails are shown, and prove nothing from then on', async () => {
    const other = await startPurser({ works: true })
    const staff = await other.as(other.northwind.staff.admin)
    const customer = await makeCustomer(other.northwind, { password: PASSWORD })
    await reset(customer, staff)
    const page = await open(customer, 'password-reset', staff, other)
    const link = page.html.querySelector('#mail-link')?.getAttribute('value') ?? ''
    expect(link).toContain('/set-password/')
    const visitor = other.visitor()
    const form = await visitor.get(new URL(link).pathname)
    expect((await visitor.submit(form, { password: OWN })).status).toBe(303)
    const row = await customerRow(other.northwind, customer)
    expect([row.resetBy, row.resetProofEmail]).toEqual(['Admin Person', customer.email])
    expect(await eventRows(other.northwind, customer, 'customer.password_set')).toMatchObject([
      { afterResetBy: 'Admin Person', details: { shownTo: 'Admin Person' } },
    ])
    expect(wordsOf(await staff.get(`/customers/${customer.id}`))).toContain('The e-mail was not sent')
    const theirs = await other.asCustomer(customer, OWN)
    expect(await security(theirs)).toContain('is not sending e-mail at the moment')
    expect(await eventRows(other.northwind, customer, 'mail.opened')).toMatchObject([
      { details: { showsLink: true } },
    ])
    await other.stop()
  })

  test('sent again get a fresh link where the former could be read, and go to the address that was verified before', async () => {
    const customer = await someone()
    const { resellerId } = customer
    const sending = (sendsMail: boolean) =>
      purser.services.database.prisma.reseller.update({ where: { id: resellerId }, data: { sendsMail } })
    await sending(false)
    await reset(customer)
    const kept = await waitFor(async () =>
      (await mailRows(purser.northwind, customer)).find(({ state }) => state === 'kept'),
    )
    await sending(true)
    const email = `again-${customer.email}`
    await admin.submit(await admin.get(`/customers/${customer.id}/edit`), { email })
    await purser.owner.pool.query(`update mails set created_at = created_at - interval '2 minutes'`)
    await admin.submit(await admin.get(`/mails/${kept.id}`), {}, { action: '/resend' })
    const told = await mailTo(customer.email, 'Your password was reset')
    const shown = await admin.get(`/mails/${kept.id}`)
    expect(linkIn(told)).not.toBe('')
    expect(shown.text).not.toContain(linkIn(told))
    await setThrough(linkIn(told))
    expect(await markOf(customer)).toBeNull()
    // Then there is nothing to prove any more, also for a page that still offers it.
    await purser.owner.pool.query(`update mails set created_at = created_at - interval '2 minutes'`)
    const refused = await admin.submit(shown, {}, { action: '/resend' })
    expect(refused.status).toBe(409)
  })
})

describe('the customer is told', () => {
  test('of a password that was changed, and not of a first one', async () => {
    const customer = await someone()
    const browser = await purser.asCustomer(customer)
    await chooseOwn(browser, PASSWORD)
    const told = await mailTo(customer.email, 'Your password was changed')
    expect(told.text).not.toContain('reset by')

    const fresh = await makeCustomer(purser.northwind, { teamType: 'default' })
    const page = await admin.get(`/customers/${fresh.id}/password-link`)
    const shown = await admin.follow(await admin.submit(page))
    const link = shown.html.querySelector('#password-link')?.getAttribute('value') ?? ''
    await setThrough(new URL(link).pathname)
    expect(await mailRows(purser.northwind, fresh)).toEqual([])
  })

  test('of an address that staff changed: a verified one whole, another without link, name and new address', async () => {
    for (const isVerified of [true, false]) {
      const customer = await someone({ isVerified })
      const email = `edited-${customer.email}`
      await admin.submit(await admin.get(`/customers/${customer.id}/edit`), { email })
      const subject = isVerified ? 'Your e-mail address was changed' : 'Your address was removed'
      const told = await mailTo(customer.email, subject)
      const both = told.text + told.html
      if (isVerified) expect(both).toContain(email)
      else expect(both).not.toMatch(new RegExp(`${email}|Admin Person|${customer.name}|https?:`))
    }
  })
})
