import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import type { Prisma } from '../../src/generated/prisma/client.ts'
import { queueMail } from '../../src/mail/outbox.ts'
import { verifyEmailMail } from '../../src/customers/mails.ts'
import { setPasswordMail } from '../../src/people/mails.ts'
import { makeLink } from '../../src/people/one-time-link.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { MailServer } from '../support/mail-server.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { valueOf, wordsOf } from '../support/visit.ts'

const server = new MailServer()
let purser: RunningPurser
beforeAll(async () => {
  await server.start()
  purser = await startPurser({ works: true, env: { SMTP_URL: `smtp://127.0.0.1:${server.port}` } })
})
afterAll(async () => {
  await purser.stop()
  await server.stop()
})

const LONG_AGO = new Date(Date.now() - 86_400_000)

/** A mail of yesterday with its link, to a customer who has not done yet what it asks for. */
async function makeMail(
  template: 'set-password' | 'verify-email' = 'verify-email',
  house = purser.northwind,
) {
  const customer = await makeCustomer(house, { teamType: 'default' })
  const { resellerId, id: customerId, email } = customer
  const person = { customerId }
  const purpose = template === 'verify-email' ? 'verify_email' : 'set_password'
  const { prisma } = purser.owner
  const link = await makeLink(prisma, {
    resellerId,
    purpose,
    delivery: 'mailed',
    person,
    email,
    minutes: 5000,
  })
  const linkId = link.id
  const facts = { resellerId, to: email, person }
  const mail = await transaction(purser.services, (db) =>
    template === 'verify-email'
      ? queueMail(db, purser.services.queue, { ...facts, template: verifyEmailMail, values: { linkId } })
      : queueMail(db, purser.services.queue, {
          ...facts,
          template: setPasswordMail,
          values: { linkId, why: 'new_customer' },
        }),
  )
  await server.mailTo(email)
  server.mails.length = 0
  await prisma.mail.updateMany({ where: { id: mail.id }, data: { createdAt: LONG_AGO } })
  return { id: mail.id, customer, link }
}

const changeLink = (id: string, data: Prisma.OneTimeLinkUpdateManyMutationInput) =>
  purser.owner.prisma.oneTimeLink.updateMany({ where: { id }, data })
const changeCustomer = (id: string, data: Prisma.CustomerUpdateManyMutationInput) =>
  purser.owner.prisma.customer.updateMany({ where: { id }, data })
const mailsOf = (customerId: string) =>
  purser.services.database.prisma.mail.findMany({ where: { customerId } })
const pathIn = (text: string) => /\/(?:verify|set-password)\/\S+/.exec(text)?.[0] ?? ''

async function resend({ id }: { id: string }, member = purser.northwind.staff.support) {
  const browser = await purser.as(member)
  const answer = await browser.submit(await browser.get('/mails'), {}, { action: `${id}/resend` })
  return {
    answer,
    browser,
    words: answer.status === 303 ? (await browser.follow(answer)).text : wordsOf(answer),
  }
}

test('Support sends it again: a new mail with the same link, which still works', async () => {
  const mail = await makeMail()
  const { answer, browser } = await resend(mail)
  expect(answer.location).toBe('/mails')
  expect((await browser.get('/mails')).status).toBe(200)
  const { text } = await server.mailTo(mail.customer.email)
  expect(pathIn(text)).toContain(mail.link.id)
  expect((await purser.visitor().get(pathIn(text))).status).toBe(200)
  expect(await mailsOf(mail.customer.id)).toHaveLength(2)
  const rows = await purser.services.database.prisma.auditRow.findMany({
    where: { customerId: mail.customer.id, event: 'mail.resent' },
  })
  expect(rows).toMatchObject([{ details: { to: mail.customer.email, template: 'verify-email' } }])
})

test.each([
  ['expired', { expiresAt: LONG_AGO }],
  ['revoked', { revokedAt: LONG_AGO }],
])('a link that is %s is replaced by a fresh one', async (_fate, change) => {
  for (const template of ['verify-email', 'set-password'] as const) {
    const mail = await makeMail(template)
    await changeLink(mail.link.id, change)
    await resend(mail)
    const { text } = await server.mailTo(mail.customer.email)
    expect(pathIn(text)).not.toContain(mail.link.id)
    expect((await purser.visitor().get(pathIn(text))).html.querySelector('form')).not.toBeNull()
  }
})

test('it goes to the address of today, with a link made for that one', async () => {
  const mail = await makeMail('set-password')
  const email = `new-${mail.customer.email}`
  await changeCustomer(mail.customer.id, { email })
  await resend(mail)
  const { text } = await server.mailTo(email)
  expect(pathIn(text)).not.toContain(mail.link.id)
  expect(server.mails.filter(({ to }) => to.includes(mail.customer.email))).toEqual([])
})

test('the mail about a changed address goes to the former one again, and says the same', async () => {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const browser = await purser.asCustomer(customer)
  const email = `new-${customer.email}`
  const changed = await browser.submit(
    await browser.get('/console/profile'),
    { email, password: PASSWORD },
    { action: '/profile/email' },
  )
  expect(changed.status).toBe(303)
  const first = await server.mailTo(customer.email)
  const mails = await mailsOf(customer.id)
  const told = mails.find(({ template }) => template === 'email-changed')
  if (!told) throw new Error('Nobody was told.')
  expect((await resend(told)).words).toContain('no other e-mail was sent')
  await purser.owner.prisma.mail.updateMany({
    where: { id: told.id },
    data: { createdAt: LONG_AGO },
  })
  server.mails.length = 0
  expect((await resend(told)).answer.status).toBe(303)
  expect((await server.mailTo(customer.email)).text).toBe(first.text)
  expect(first.text).toContain(`was ${customer.email}. It was changed to ${email}`)
  expect((await mailsOf(customer.id)).map(({ toEmail, template }) => [template, toEmail]).sort()).toEqual([
    ['email-changed', customer.email],
    ['email-changed', customer.email],
    ['verify-email', email],
  ])
})

test('the button is there where it can be sent again, and says why not where it is refused', async () => {
  const admin = await purser.as(purser.northwind.staff.admin)
  const csrf = valueOf(await admin.get('/mails'), 'csrf') ?? ''
  type Made = Awaited<ReturnType<typeof makeMail>>
  const off = { state: 'OFF', stateReason: 'unpaid' } as const
  const states: [Parameters<typeof makeMail>[0], (mail: Made) => unknown, title: string, says: string][] = [
    ['verify-email', () => {}, '', ''],
    ['verify-email', ({ customer }) => changeCustomer(customer.id, off), '', ''],
    [
      'verify-email',
      ({ customer }) => changeCustomer(customer.id, { emailVerifiedAt: new Date() }),
      'Already done',
      'already verified',
    ],
    [
      'verify-email',
      ({ link }) => changeLink(link.id, { usedAt: new Date() }),
      'Already done',
      'has been used',
    ],
    ['set-password', ({ link }) => changeLink(link.id, { expiresAt: LONG_AGO }), '', ''],
    ['set-password', ({ link }) => changeLink(link.id, { revokedAt: LONG_AGO }), '', ''],
    [
      'set-password',
      ({ link }) => changeLink(link.id, { usedAt: new Date() }),
      'Already done',
      'has been used',
    ],
    [
      'set-password',
      ({ customer }) => changeCustomer(customer.id, { passwordHash: 'x' }),
      'Already done',
      'already has a password',
    ],
    ['set-password', ({ customer }) => changeCustomer(customer.id, off), 'Not possible right now', 'is OFF'],
  ]
  for (const [template, change, title, says] of states) {
    const mail = await makeMail(template)
    await change(mail)
    for (const address of [`/mails?customer=${mail.customer.id}`, `/mails/${mail.id}`]) {
      const page = await admin.get(address)
      expect(page.html.querySelectorAll('form[action$="/resend"]'), says).toHaveLength(says ? 0 : 1)
      expect(page.html.querySelector('.mail-hindrance')?.textContent ?? '').toContain(says)
    }
    const answer = await admin.post(`/mails/${mail.id}/resend`, { csrf })
    expect(answer.status, says).toBe(says ? 409 : 303)
    expect(wordsOf(answer)).toContain(says)
    if (title) expect(answer.html.querySelector('title')?.textContent).toContain(title)
    expect(await mailsOf(mail.customer.id)).toHaveLength(says ? 1 : 2)
  }
})
