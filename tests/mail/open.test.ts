import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import { setPasswordMail } from '../../src/people/mails.ts'
import { queueMail } from '../../src/mail/outbox.ts'
import { makeLink } from '../../src/people/one-time-link.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

/** A mail with a link to set a first password. */
async function makeMail(house = purser.northwind) {
  const customer = await makeCustomer(house)
  const { resellerId, id: customerId, email } = customer
  const person = { customerId }
  return transaction(purser.services, async (db) => {
    const link = await makeLink(db, {
      resellerId,
      purpose: 'set_password',
      delivery: 'mailed',
      person,
      email,
      minutes: 60,
    })
    const values = { linkId: link.id, why: 'new_customer' } as const
    const mail = await queueMail(db, purser.services.queue, {
      resellerId,
      to: email,
      template: setPasswordMail,
      values,
      person,
    })
    return { ...mail, customer, link }
  })
}

const events = (customerId: string) =>
  purser.services.database.prisma.auditRow.findMany({ where: { customerId, event: 'mail.opened' } })

test('the Owner and an Admin see it whole, with a link that works', async () => {
  for (const role of ['owner', 'admin'] as const) {
    const mail = await makeMail()
    const browser = await purser.as(purser.northwind.staff[role])
    const page = await browser.get(`/mails/${mail.id}`)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(wordsOf(page)).toContain('Your account at Northwind Cloud')
    const address = page.html.getElementById('mail-link')?.getAttribute('value') ?? ''
    expect(wordsOf(page)).toContain(address)
    const visitor = purser.visitor()
    expect(
      (await visitor.get(new URL(address).pathname)).html.querySelector('input[name="password"]'),
    ).not.toBeNull()
  }
})

test('it is shown as its reader sees it: framed, under a policy by which nothing runs, and without its link', async () => {
  const mail = await makeMail()
  const browser = await purser.as(purser.northwind.staff.owner)
  const page = await browser.get(`/mails/${mail.id}`)
  const frame = page.html.querySelector('iframe')!
  expect(frame.getAttribute('sandbox')).toBe('')
  const address = frame.getAttribute('src') ?? ''
  const letter = await browser.get(address)
  const policy = letter.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'self'; sandbox$/)
  expect(policy).not.toContain('script-src')
  expect(letter.headers.get('cache-control')).toBe('no-store')
  expect(wordsOf(letter)).toContain('Northwind Cloud has created an account for you with the address')
  expect(letter.html.querySelector('a')?.textContent).toBe('Set a password')
  const secret = new URL(page.html.getElementById('mail-link')?.getAttribute('value') ?? '').pathname
  expect(letter.text).not.toContain(secret)
  // The frame belongs to the opening that was recorded: it is no way around that, and nobody else's.
  expect(await events(mail.customer.id)).toHaveLength(1)
  expect((await browser.get(`/mails/${mail.id}/letter/guessed`)).status).toBe(404)
  expect((await browser.get(address.replace(mail.id, (await makeMail()).id))).status).toBe(404)
  expect((await (await purser.as(purser.northwind.staff.admin)).get(address)).status).toBe(404)
})

test('opening it leaves an event, each time, and the log holds nothing of the link', async () => {
  const { id, customer } = await makeMail()
  const { email } = purser.northwind.staff.owner
  const owner = await purser.as(purser.northwind.staff.owner)
  await owner.get(`/mails/${id}`)
  await owner.get(`/mails/${id}`)
  const rows = await events(customer.id)
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatchObject({
    actorName: email,
    details: { to: customer.email, template: 'set-password' },
  })
  expect(wordsOf(await owner.get(`/audit?customer=${customer.id}`))).toContain(
    `opened an e-mail to ${customer.email}`,
  )
})

test('a link that is dead is shown as such, with what to do', async () => {
  const { id, link } = await makeMail()
  const owner = await purser.as(purser.northwind.staff.owner)
  const past = new Date(Date.now() - 1000)
  for (const [field, words] of [
    ['expiresAt', 'has expired. Resending the e-mail creates a new link.'],
    ['revokedAt', 'was revoked'],
    ['usedAt', 'has been used'],
  ] as const) {
    await purser.owner.prisma.oneTimeLink.updateMany({
      where: { id: link.id },
      data: { [field]: past },
    })
    const page = await owner.get(`/mails/${id}`)
    expect(wordsOf(page)).toContain(words)
    expect(page.html.getElementById('mail-link')).toBeNull()
  }
})
