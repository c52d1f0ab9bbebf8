import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '../../src/database/client.ts'
import type { Mail } from '../../src/generated/prisma/client.ts'
import { verifyEmailMail } from '../../src/customers/mails.ts'
import { queueMail } from '../../src/mail/outbox.ts'
import { ATTEMPTS_MAX } from '../../src/mail/send.ts'
import { makeLink, revokeLinks } from '../../src/people/one-time-link.ts'
import { makeCustomer } from '../support/cast.ts'
import { MailServer } from '../support/mail-server.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { waitFor } from '../support/wait.ts'

const server = new MailServer()
let purser: RunningPurser

beforeAll(async () => {
  await server.start()
  purser = await startPurser({
    works: true,
    env: {
      SMTP_URL: `smtp://127.0.0.1:${server.port}`,
      MAIL_FROM: 'Purser <purser@mail.example>',
      APP_URL: 'https://purser.example',
    },
  })
})
afterEach(() => server.refuse(null))
afterAll(async () => {
  await purser.stop()
  await server.stop()
})

/** Queues a verification mail to a new customer, as a rule would. */
async function queueVerification(
  house = purser.northwind,
  { services } = purser,
  afterwards: (() => Promise<void>) | undefined = undefined,
) {
  const customer = await makeCustomer(house, { teamType: 'default' })
  const person = { customerId: customer.id }
  const { resellerId, email } = customer
  const queued = await transaction(services, async (db) => {
    const link = await makeLink(db, {
      resellerId,
      purpose: 'verify_email',
      delivery: 'mailed',
      person,
      email,
      minutes: 60,
    })
    const values = { linkId: link.id }
    const mail = await queueMail(db, services.queue, {
      resellerId,
      to: email,
      template: verifyEmailMail,
      values,
      person,
    })
    await afterwards?.()
    return mail
  })
  return { customer, ...queued }
}

const find = ({ id }: { id: string }) =>
  purser.services.database.prisma.mail.findFirstOrThrow({ where: { id } })
const settled = (mail: { id: string }) =>
  waitFor(async () => ((await find(mail)).state === 'waiting' ? null : find(mail)), {
    what: 'the mail to be settled',
  })
const failedOnce = (mail: { id: string }) =>
  waitFor(async () => ((await find(mail)).lastError ? find(mail) : null))
/** Lets the time until the next attempt pass. */
const later = ({ id }: { id: string }) =>
  waitFor(
    async () => {
      const { rowCount } = await purser.services.database.pool.query(
        `update pgboss.job set start_after = now() where state = 'retry' and data->>'mailId' = $1`,
        [id],
      )
      return rowCount === 1
    },
    { what: 'the job to wait for its next attempt' },
  )

describe('sending a mail', () => {
  test('it arrives, from MAIL_FROM, with a link that works', async () => {
    const mail = await queueVerification()
    const arrived = await server.mailTo(mail.customer.email)
    expect(arrived).toMatchObject({ from: 'purser@mail.example', to: [mail.customer.email] })
    expect(arrived.headers).toMatchObject({
      from: 'Purser <purser@mail.example>',
      'reply-to': 'owner@northwind.example',
      to: mail.customer.email,
      subject: 'Verify your e-mail address',
      'message-id': `<${mail.id}@mail.example>`,
      'auto-submitted': 'auto-generated',
    })
    const [address = ''] = /https:\/\/purser\.example\/\S+/.exec(arrived.text) ?? []
    expect(arrived.html).toContain(`href="${address}"`)
    // It looks like the reseller's, dark too, and fetches nothing.
    expect(arrived.html).toMatch(/letter-name[^>]*><bdi>Northwind Cloud<\/bdi>/)
    expect(arrived.html).toContain('prefers-color-scheme: dark')
    expect(arrived.html).not.toMatch(/<img|<script|<link|url\(/)
    const { pathname } = new URL(address)
    expect(pathname).toMatch(/^\/verify\//)
    expect((await settled(mail)).state).toBe('sent')
    expect(await find(mail)).toMatchObject({ attempts: 1, lastError: null })
    const { rows } = await purser.services.database.pool.query('select mails::text as row from mails')
    expect(rows.map(({ row }) => row as string).join()).not.toContain(pathname.split('.').at(-1))
  })

  test("the words are in the reseller's language and zone", async () => {
    const mail = await queueVerification(purser.eastgate)
    const { text } = await server.mailTo(mail.customer.email)
    expect(text).toContain('Eastgate')
    expect(text).toMatch(/expires on .*(JST|GMT\+9)/)
  })

  test('a transaction that rolls back sends nothing', async () => {
    const before = server.mails.length
    const refused = queueVerification(purser.northwind, purser, () =>
      Promise.reject(new Error('changed my mind')),
    )
    await expect(refused).rejects.toThrow('changed my mind')
    const next = await queueVerification()
    await server.mailTo(next.customer.email)
    expect(server.mails.length).toBe(before + 1)
  })

  test('while the server is down it is tried again, and then arrives once', async () => {
    await server.stop()
    const mail = await queueVerification()
    const waiting = await failedOnce(mail)
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 })
    expect(waiting.lastError).toContain('ECONNREFUSED')
    await server.start()
    await settled(mail)
    expect(await find(mail)).toMatchObject({ state: 'sent', attempts: 1, lastError: null })
    expect(server.mails.filter(({ to }) => to.includes(mail.customer.email))).toHaveLength(1)
  })

  test('refused for now, it waits; refused for good, it has failed at once, with what the server said', async () => {
    await server.refuse({ code: 451, message: 'Greylisted, come back' })
    const waiting = await queueVerification()
    expect(await failedOnce(waiting)).toMatchObject({ state: 'waiting', attempts: 1 })
    await server.refuse({ code: 550, message: 'No such\r\n550 person' })
    const failing = await queueVerification()
    const failed = await settled(failing)
    expect(failed).toMatchObject({ state: 'failed', attempts: 1 })
    expect(failed.lastError).toMatch(/550 No such.*person/)
    expect(failed.lastError).not.toMatch(/\n/)
  })

  test('a server that quotes the link does not get it into our tables', async () => {
    await server.refuse({ code: 550, message: 'Blocked: https://purser.example/verify/SECRET.TOKEN.HERE' })
    const failed = await settled(await queueVerification())
    expect(failed.lastError).toContain('verify/…')
    const { rows } = await purser.services.database.pool.query('select output::text from pgboss.job')
    expect(JSON.stringify([failed, rows])).not.toContain('TOKEN')
  })

  test('a mail at which the server hangs up each time uses its attempts up, though the server is there', async () => {
    await server.refuse({ code: 421, message: 'Closing this channel' })
    const mail = await queueVerification()
    expect((await failedOnce(mail)).attempts).toBeGreaterThan(0)
    await change(mail, { attempts: ATTEMPTS_MAX - 2 })
    const failed = await settled(mail)
    expect(failed).toMatchObject({ state: 'failed', attempts: ATTEMPTS_MAX })
    expect(failed.lastError).toContain('Closing this channel')
  })

  test('after the last attempt it has failed', async () => {
    await server.refuse({ code: 451, message: 'Come back' })
    const mail = await queueVerification()
    await failedOnce(mail)
    await change(mail, { attempts: ATTEMPTS_MAX - 1 })
    await later(mail)
    expect(await settled(mail)).toMatchObject({ state: 'failed', attempts: ATTEMPTS_MAX })
  })

  test('a mail whose link died meanwhile is not sent', async () => {
    await server.refuse({ code: 451, message: 'Come back' })
    const mail = await queueVerification()
    await failedOnce(mail)
    await server.refuse(null)
    const { resellerId, id: customerId } = mail.customer
    await transaction(purser.services, (db) => revokeLinks(db, { resellerId, person: { customerId } }))
    await later(mail)
    expect(await settled(mail)).toMatchObject({ state: 'failed' })
    expect(server.mails.filter(({ to }) => to.includes(mail.customer.email))).toEqual([])
  })

  test('a job that is done twice sends once', async () => {
    const mail = await queueVerification()
    await settled(mail)
    await purser.services.database.pool.query(
      `update pgboss.job set state = 'created', started_on = null, completed_on = null where data->>'mailId' = $1`,
      [mail.id],
    )
    await waitFor(async () => {
      const { rows } = await purser.services.database.pool.query(
        `select from pgboss.job where data->>'mailId' = $1 and state = 'completed'`,
        [mail.id],
      )
      return rows.length === 1
    })
    expect(server.mails.filter(({ to }) => to.includes(mail.customer.email))).toHaveLength(1)
  })

  test('a reseller that sends no mail keeps it', async () => {
    const { prisma } = purser.owner
    const { id } = purser.eastgate.reseller
    await prisma.reseller.update({ where: { id }, data: { sendsMail: false } })
    expect(await settled(await queueVerification(purser.eastgate))).toMatchObject({
      state: 'kept',
      attempts: 0,
    })
    await prisma.reseller.update({ where: { id }, data: { sendsMail: true } })
  })
})

const change = ({ id }: { id: string }, data: Partial<Pick<Mail, 'attempts'>>) =>
  purser.owner.prisma.mail.updateMany({ where: { id }, data })

describe('the way to the server, as SMTP_URL says', () => {
  const tlsServer = new MailServer('starttls')
  beforeAll(() => tlsServer.start())
  afterAll(() => tlsServer.stop())

  const purserWith = (smtpUrl: string) =>
    startPurser({ works: true, env: { SMTP_URL: smtpUrl, APP_URL: 'https://purser.example' } })

  test('a name and password go out over STARTTLS', async () => {
    const other = await purserWith(
      `smtp://mailer%40example:right@127.0.0.1:${tlsServer.port}?tls.rejectUnauthorized=false`,
    )
    const { customer } = await queueVerification(other.northwind, other)
    expect(await tlsServer.mailTo(customer.email)).toMatchObject({ secure: true })
    expect(tlsServer.logins).toMatchObject([{ username: 'mailer@example', secure: true }])
    await other.stop()
  })

  test('they never go out in the clear, and a wrong password is tried again, since it is ours to mend', async () => {
    const clear = await purserWith(`smtp://mailer:right@127.0.0.1:${server.port}`)
    const mail = await queueVerification(clear.northwind, clear)
    const { prisma } = clear.services.database
    const first = await waitFor(() =>
      prisma.mail.findFirst({ where: { id: mail.id, NOT: { lastError: null } } }),
    )
    expect(first).toMatchObject({ state: 'waiting' })
    expect(server.logins).toEqual([])
    await clear.stop()

    const wrong = await purserWith(
      `smtp://mailer:wrong@127.0.0.1:${tlsServer.port}?tls.rejectUnauthorized=false`,
    )
    const refused = await queueVerification(wrong.northwind, wrong)
    const shown = await waitFor(() =>
      wrong.services.database.prisma.mail.findFirst({ where: { id: refused.id, NOT: { lastError: null } } }),
    )
    expect(shown).toMatchObject({ state: 'waiting' })
    expect(shown.lastError).toContain('535')
    await wrong.stop()
  })

  test('without SMTP_URL mails are kept', async () => {
    const other = await startPurser({ works: true })
    const { id } = await queueVerification(other.northwind, other)
    const kept = await waitFor(() =>
      other.services.database.prisma.mail.findFirst({ where: { id, NOT: { state: 'waiting' } } }),
    )
    expect(kept).toMatchObject({ state: 'kept', attempts: 0 })
    await other.stop()
  })
})
