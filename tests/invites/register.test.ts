import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeLetter } from '../../src/mails/letter.ts'
import { passwordFits } from '../../src/people/password-hash.ts'
import { limited, networkOf } from '../../src/people/throttle.ts'
import { makeCustomer } from '../support/cast.ts'
import { invited, inviteRow, join, newcomer, ownPath } from '../support/invites.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows, linkRows, mailRows } from '../support/rows.ts'
import { type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const resellerId = () => purser.northwind.reseller.id

async function comer(email: string) {
  const customer = await prisma().customer.findUniqueOrThrow({
    where: { resellerId_email: { resellerId: resellerId(), email } },
  })
  return customerRow(purser.northwind, customer)
}
const nobody = async (email: string) =>
  expect(await prisma().customer.count({ where: { resellerId: resellerId(), email } })).toBe(0)

const enterprise = {
  kind: 'enterprise',
  legalName: 'Acme Ltd',
  companyName: 'Acme',
  addressLine1: '1 Main Street',
  city: 'Berlin',
  postalCode: '10115',
  country: 'DE',
}

describe('registration', () => {
  test('through the reseller’s link makes a customer, mails a link to verify, and says so', async () => {
    const path = await ownPath(owner)
    const browser = purser.visitor()
    const form = await browser.get(path)
    expect(form.html.querySelector('h1')?.textContent).toContain('Northwind Cloud')
    expect(form.html.querySelector('html')?.getAttribute('lang')).toBe('en')
    expect(form.headers.get('cache-control')).toBe('no-store')
    const person = newcomer({ teamName: 'Blue' })
    const answer = await browser.submit(form, person)
    expect([answer.status, answer.location]).toEqual([303, `${path}/done`])
    const done = await browser.follow(answer)
    expect(wordsOf(done)).toContain('verify your address')
    expect(flashOf(done)).toContain(person.email)
    expect(done.text).toContain('href="/console/northwind/login"')
    const login = await browser.get('/console/northwind/login')
    expect(valueOf(login, 'email')).toBe(person.email)
    expect(valueOf(await purser.visitor().get('/console/northwind/login'), 'email')).toBe('')
    await browser.submit(login, { password: person.password })
    await browser.submit(await browser.get('/console'), {}, { action: '/logout' })
    expect(valueOf(await browser.get('/console/northwind/login'), 'email')).toBe('')

    const row = await comer(person.email)
    expect(row).toMatchObject({
      name: 'New Person',
      state: 'ON',
      registeredVia: 'invite',
      emailVerifiedAt: null,
      mustChangePassword: false,
      credits: 0n,
      team: { name: 'Blue', type: 'default', ownerCustomerId: row.id, billingProfile: null },
    })
    const { passwordHash } = await prisma().customer.findFirstOrThrow({
      where: { id: row.id },
      select: { passwordHash: true },
    })
    expect(await passwordFits(passwordHash, person.password)).toBe(true)
    expect(row.inviteId).not.toBeNull()
    const [link] = await linkRows(purser.northwind, row)
    const [mail] = await mailRows(purser.northwind, row)
    expect(link).toMatchObject({ purpose: 'verify_email', delivery: 'mailed', email: person.email })
    expect(mail).toMatchObject({
      template: 'verify-email',
      toEmail: person.email,
      values: { linkId: link?.id },
    })
    const [event] = await eventRows(purser.northwind, row, 'customer.registered')
    expect(event).toMatchObject({
      actorKind: 'customer',
      actorId: row.id,
      ip: '127.0.0.1',
      details: { email: person.email, team: 'Blue', invite: row.inviteId, invitedBy: '', tags: [] },
    })
    expect(JSON.stringify(event)).not.toContain(person.password)
  })

  test('logs nobody in, and uses nothing up by looking', async () => {
    const { row, path } = await invited(owner, purser.northwind)
    const browser = purser.visitor()
    for (let look = 0; look < 3; look++) await browser.get(path)
    expect((await inviteRow(purser.northwind, row)).uses).toBe(0)
    expect((await join(browser, path)).status).toBe(303)
    expect((await browser.get('/console')).status).toBe(303)
    expect((await inviteRow(purser.northwind, row)).uses).toBe(1)
  })

  test('goes on to verification and the billing profile, and the team type follows by itself', async () => {
    const browser = purser.visitor()
    const person = newcomer()
    await join(browser, await ownPath(owner), person)
    const [mail] = await mailRows(purser.northwind, await comer(person.email))
    const { text } = await writeLetter(purser.services, mail!)
    const verify = /\/verify\/\S+/.exec(text)?.[0] ?? ''
    expect((await browser.submit(await browser.get(verify))).status).toBe(303)
    const row = await comer(person.email)
    expect([row.emailVerifiedAt !== null, row.team.type]).toEqual([true, 'default'])
    const page = `/customers/${row.id}/billing/profile`
    await owner.submit(await owner.get(page), {
      ...enterprise,
      kind: 'individual',
      billingEmail: person.email,
    })
    expect((await comer(person.email)).team.type).toBe('individual')
  })

  test('takes the billing profile at once; Default until the address is verified', async () => {
    const browser = purser.visitor()
    const person = { ...newcomer(), ...enterprise }
    expect((await join(browser, await ownPath(owner), person)).status).toBe(303)
    const row = await comer(person.email)
    expect(row.team).toMatchObject({
      name: 'Acme',
      type: 'default',
      billingProfile: { kind: 'enterprise', companyName: 'Acme', country: 'DE', billingEmail: person.email },
    })
    const [mail] = await mailRows(purser.northwind, row)
    const verify = /\/verify\/\S+/.exec((await writeLetter(purser.services, mail!)).text)?.[0] ?? ''
    await browser.submit(await browser.get(verify))
    expect((await comer(person.email)).team.type).toBe('enterprise')
  })

  test('what cannot be is a sentence at its field and keeps what was typed, but for the password', async () => {
    const { row, path } = await invited(owner, purser.northwind)
    for (const [fields, field, words] of [
      [{ email: 'nobody' }, 'email', /Enter an e-mail address/],
      [{ email: '' }, 'email', /This field is required/],
      [{ password: 'too short' }, 'password', /at least 15/],
      [{ password: 'aaaaaaaaaaaaaaaaaaaa' }, 'password', /easy to guess/],
      [{ name: '' }, 'name', /This field is required/],
      [{ ...enterprise, legalName: '' }, 'legalName', /This field is required/],
      [{ ...enterprise, kind: '' }, 'kind', /Choose individual or enterprise/],
    ] as const) {
      const browser = purser.visitor()
      const answer = await browser.submit(await browser.get(path), {
        ...newcomer(),
        teamName: 'kept',
        ...fields,
      })
      expect([fields, answer.status]).toEqual([fields, 422])
      expect(errorAt(answer, field)).toMatch(words)
      const focused = answer.html
        .querySelectorAll('[autofocus]')
        .map((control) => control.getAttribute('name'))
      expect(focused).toEqual([field])
      expect(valueOf(answer, 'teamName')).toBe('kept')
      expect(answer.text).not.toContain('zebra lamp')
    }
    expect((await inviteRow(purser.northwind, row)).uses).toBe(0)
  })

  test('with an address that is a customer’s says where to log in, and uses nothing up', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { row, path } = await invited(owner, purser.northwind)
    const browser = purser.visitor()
    const answer = await join(browser, path, newcomer({ email: customer.email.toUpperCase() }))
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'email')).toMatch(/An account with this address already exists\. Log in instead/)
    expect(answer.text).toContain('href="/console/northwind/login"')
    expect(answer.text).not.toContain(customer.id)
    expect((await inviteRow(purser.northwind, row)).uses).toBe(0)
    // Another reseller's customer is nobody here.
    const abroad = await makeCustomer(purser.eastgate)
    expect((await join(purser.visitor(), path, newcomer({ email: abroad.email }))).status).toBe(303)
  })

  test('of twenty with one address at once one is made', async () => {
    const path = await ownPath(owner)
    const person = newcomer()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => join(purser.visitor(), path, { ...person })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(19).fill(422)])
    expect(await prisma().customer.count({ where: { email: person.email } })).toBe(1)
    expect(await prisma().team.count({ where: { name: person.name, ownerCustomerId: null } })).toBe(0)
    await prisma().throttle.deleteMany()
  })
})

describe('an invite for an address', () => {
  test('fixes it', async () => {
    const email = 'bound@somewhere.example'
    const { row, path } = await invited(owner, purser.northwind, { email })
    const browser = purser.visitor()
    const form = await browser.get(path)
    expect(valueOf(form, 'email')).toBe(email)
    expect(form.html.querySelector('[name=email]')?.hasAttribute('readonly')).toBe(true)
    const other = await browser.submit(form, newcomer({ email: 'other@somewhere.example' }))
    expect([other.status, errorAt(other, 'email')]).toEqual([422, expect.stringContaining(`for ${email}`)])
    expect(valueOf(other, 'email')).toBe(email)
    await nobody('other@somewhere.example')
    expect((await inviteRow(purser.northwind, row)).uses).toBe(0)
    const answer = await browser.submit(other, { ...newcomer(), email })
    expect(answer.status).toBe(303)
    // Opening the link proves nothing: it may have been copied.
    expect((await comer(email)).emailVerifiedAt).toBeNull()
  })
})

describe('what an invite brings', () => {
  test('tags, and opening credits posted by the system for the account of the maker, once', async () => {
    const { row, path } = await invited(owner, purser.northwind, {
      kind: 'reusable',
      tags: 'Fair 2026, VIP',
      credits: '25.50',
    })
    const person = newcomer()
    expect((await join(purser.visitor(), path, person)).status).toBe(303)
    const customer = await comer(person.email)
    expect(customer.tags.map(({ tag }) => tag.name).sort()).toEqual(['Fair 2026', 'VIP'])
    expect(customer.credits).toBe(2550n)
    const postings = await prisma().posting.findMany({
      where: { customerId: customer.id },
      include: { entries: true },
    })
    expect(postings).toHaveLength(1)
    expect(postings[0]).toMatchObject({
      kind: 'credits_set',
      key: `invite:${row.id}:${customer.id}`,
      actorKind: 'system',
      actorName: 'invite by owner@northwind.example',
      entries: [{ account: 'CREDITS', seq: 1n, amount: 2550n, before: 0n, after: 2550n }],
    })
    expect(await eventRows(purser.northwind, customer, 'credits.set')).toHaveLength(1)
  })

  test('no credits where the maker may not grant them any more, and the mail says so', async () => {
    const { admin } = purser.northwind.staff
    const deputy = await purser.as(admin)
    const { path } = await invited(deputy, purser.northwind, { kind: 'reusable', credits: '5' })
    const grants = async () => {
      const person = newcomer()
      expect((await join(purser.visitor(), path, person)).status).toBe(303)
      return (await comer(person.email)).credits
    }
    expect(await grants()).toBe(500n)
    await prisma().staff.updateMany({ where: { id: admin.id }, data: { roleId: 'support' } })
    expect(await grants()).toBe(0n)
    const told = await prisma().mail.findFirstOrThrow({
      where: { staffId: admin.id, template: 'customer-registered' },
      orderBy: { createdAt: 'desc' },
    })
    expect((await writeLetter(purser.services, told)).text).toContain('were not granted')
    await prisma().staff.updateMany({ where: { id: admin.id }, data: { roleId: 'admin', state: 'OFF' } })
    expect(await grants()).toBe(0n)
    await prisma().staff.updateMany({ where: { id: admin.id }, data: { state: 'ON' } })
  })
})

describe('who is told', () => {
  const told = async (customerId: string) => {
    const mails = await prisma().mail.findMany({ where: { template: 'customer-registered' } })
    return mails.filter(({ values }) => (values as { customerId: string }).customerId === customerId)
  }

  test('the maker, by a mail that leads to the customer', async () => {
    const { admin } = purser.northwind.staff
    const { path } = await invited(await purser.as(admin), purser.northwind)
    const person = newcomer({ name: 'Ada L.' })
    await join(purser.visitor(), path, person)
    const customer = await comer(person.email)
    const mails = await told(customer.id)
    expect(mails.map(({ toEmail, staffId, customerId }) => [toEmail, staffId, customerId])).toEqual([
      [admin.email, admin.id, null],
    ])
    const { subject, text, fate } = await writeLetter(purser.services, mails[0]!)
    expect(subject).toBe('Ada L. has registered')
    expect(text).toContain(person.email)
    expect(text).toContain(`/customers/${customer.id}`)
    expect(fate).toBeNull()
    // The address at which customers ask for help is not for staff.
    expect(text).not.toContain('Questions?')
  })

  test('the owners, where the link came with the set-up or its maker is OFF', async () => {
    const person = newcomer()
    await join(purser.visitor(), await ownPath(owner), person)
    const mails = await told((await comer(person.email)).id)
    expect(mails.map(({ toEmail }) => toEmail)).toEqual(['owner@northwind.example'])
  })
})

describe('how often', () => {
  test('everybody who came is on the invite’s page, beyond the few in the list', async () => {
    const { row, path } = await invited(owner, purser.northwind, { kind: 'reusable' })
    const people = Array.from({ length: 5 }, () => newcomer())
    for (const person of people) await join(purser.visitor(), path, person)
    const line = (await owner.get('/invites')).html.querySelector(`#invite-${row.id}`)?.textContent ?? ''
    expect(line).toContain('and 2 more')
    const page = await owner.get(`/invites/${row.id}`)
    expect(page.status).toBe(200)
    for (const { email } of people) expect(page.text).toContain(email)
  })

  test('is throttled by network, before anything is made', async () => {
    const path = await ownPath(owner)
    const browser = purser.visitor()
    const form = await browser.get(path)
    await prisma().throttle.deleteMany()
    const weak = newcomer({ password: 'aaaaaaaaaaaaaaaaaaaa' })
    expect((await browser.submit(form, weak)).status).toBe(422)
    const one = { limit: 'join-network', of: networkOf('127.0.0.1') } as const
    for (let time = 1; time < 100; time++) await limited(purser.services, [one], async () => {})
    const person = newcomer()
    const refused = await browser.submit(form, person)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(valueOf(refused, 'email')).toBe(person.email)
    await nobody(person.email)
    await prisma().throttle.deleteMany()
  })
})

test('a link that is wrong, expired, used up, revoked or replaced: each has a page that says what to do next', async () => {
  const { row, path } = await invited(owner, purser.northwind)
  // The nearest there is: a last character that stands for the same bytes.
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const tail = letters[letters.indexOf(path.slice(-1)) ^ 1]
  const dead: [string, object, string, number, RegExp][] = [
    ['wrong', {}, `${path.slice(0, -1)}${tail}`, 404, /This invite link is not valid.*Copy the full link/],
    ['nonsense', {}, '/join/nonsense', 404, /This invite link is not valid/],
    [
      'of another reseller',
      {},
      path.replace(resellerId(), purser.eastgate.reseller.id),
      404,
      /invite link is not valid/,
    ],
    ['expired', { expiresAt: new Date() }, path, 410, /has expired\. Ask for a new one/],
    ['used up', { uses: 1, expiresAt: row.expiresAt }, path, 410, /has already been used.*log in/],
    ['revoked', { revokedAt: new Date() }, path, 410, /was revoked.*ask for a new one/],
    ['replaced', { revokedAt: null, uses: 0, generation: 3 }, path, 410, /newer one.*ask for the new link/],
  ]
  const visitor = purser.visitor()
  const csrf = valueOf(await visitor.get(path), 'csrf') ?? ''
  for (const [name, data, address, status, words] of dead) {
    await prisma().invite.updateMany({ where: { id: row.id }, data })
    const page = await visitor.get(address)
    expect([name, page.status]).toEqual([name, status])
    expect(wordsOf(page)).toMatch(words)
    if (status === 410) expect(page.text).toContain('mailto:owner@northwind.example')
    const person = newcomer()
    const answer = await visitor.post(address, { csrf, ...person })
    expect([name, answer.status]).toEqual([name, status])
    await nobody(person.email)
  }
})
