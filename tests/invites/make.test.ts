import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { invite, invited, inviteEvents, ownPath, pathShown } from '../support/invites.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, flashOf, refusalOf, tokenOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const mails = (toEmail: string) => prisma().mail.findMany({ where: { toEmail } })
const daysLeft = ({ expiresAt }: { expiresAt: Date }) => (expiresAt.getTime() - Date.now()) / 86_400_000

describe('the reseller’s own link', () => {
  test('is there from set-up, on the customers’ page to copy, and the same each time', async () => {
    const page = await owner.get('/customers')
    const button = page.html.querySelector('[data-copy="#invite-link"]')
    expect(button?.textContent.trim()).toBe('Copy the open link')
    const ways = page.html.querySelector('#invite-menu')!
    expect(ways.textContent.replace(/\s+/g, ' ').trim()).toBe('E-mail a person Copy the open link Open link')
    expect(ways.querySelector('a')?.getAttribute('href')).toBe('/invites#field-email')
    expect(page.html.querySelector('#invite-link')?.tagName).toBe('CODE')
    const path = await ownPath(owner)
    expect(path).toMatch(new RegExp(`^/join/${purser.northwind.reseller.id}\\.`))
    expect(await ownPath(await purser.as(purser.northwind.staff.admin))).toBe(path)
    const onInvites = (await owner.get('/invites')).html.querySelector('#own-link')?.textContent.trim()
    expect(onInvites && new URL(onInvites).pathname).toBe(path)
    expect((await purser.visitor().get(path)).status).toBe(200)
    expect(await ownPath(await purser.as(purser.eastgate.staff.owner))).not.toBe(path)
    const row = await prisma().invite.findFirstOrThrow({
      where: { resellerId: purser.northwind.reseller.id, staffId: null },
    })
    expect(row).toMatchObject({ kind: 'reusable', maxUses: null, email: null })
    expect(daysLeft(row)).toBeGreaterThan(29.9)
    expect(daysLeft(row)).toBeLessThanOrEqual(30)
  })

  test('is stored nowhere', async () => {
    const secret = (await ownPath(owner)).split('.').at(-1) ?? ''
    expect(secret).toHaveLength(43)
    const rows = [await prisma().invite.findMany(), await prisma().auditRow.findMany()]
    expect(
      JSON.stringify(rows, (_name, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain(secret)
  })
})

describe('making an invite', () => {
  test('a single one is good once and for seven days, and stays the same when it is copied again', async () => {
    const { row, path } = await invited(owner, purser.northwind)
    expect(row).toMatchObject({
      kind: 'single',
      maxUses: 1,
      uses: 0,
      email: null,
      staffName: 'owner@northwind.example',
    })
    expect(daysLeft(row)).toBeGreaterThan(6.9)
    expect(daysLeft(row)).toBeLessThanOrEqual(7)
    expect((await purser.visitor().get(path)).status).toBe(200)
    expect(await pathShown(owner, row)).toBe(path)
    const [event] = await inviteEvents(purser.northwind, row, 'invite.made')
    expect(event).toMatchObject({
      actorName: 'owner@northwind.example',
      details: { invite: row.id, kind: 'single', email: '' },
    })
  })

  test('for an address it is mailed there, with the same link', async () => {
    const answer = await invite(owner, { email: 'Eve@Somewhere.example ' })
    const row = await prisma().invite.findFirstOrThrow({ where: { email: 'eve@somewhere.example' } })
    expect(answer.location).toBe(`/invites#invite-${row.id}`)
    expect(flashOf(await owner.get('/invites'))).toContain('eve@somewhere.example')
    const [mail, ...more] = await mails('eve@somewhere.example')
    expect(more).toEqual([])
    expect(mail).toMatchObject({
      template: 'invite',
      values: { inviteId: row.id, generation: 1 },
      customerId: null,
      staffId: null,
    })
  })

  test('a reusable one takes uses, days, tags and opening credits', async () => {
    const { row } = await invited(owner, purser.northwind, {
      kind: 'reusable',
      maxUses: '3',
      expiresInDays: '90',
      tags: 'Fair 2026, vip',
      credits: '1,234.50',
    })
    expect(row).toMatchObject({
      kind: 'reusable',
      maxUses: 3,
      tags: ['Fair 2026', 'vip'],
      credits: 123_450n,
    })
    expect(Math.round(daysLeft(row))).toBe(90)
    const line = (await owner.get('/invites')).html.querySelector(`#invite-${row.id}`)?.textContent ?? ''
    for (const words of ['0 of 3', '1,234.50', 'Fair 2026, vip', 'Rosa Owen', 'Open', 'Reusable'])
      expect(line).toContain(words)
    expect(wordsOf(await owner.get(`/invites/${row.id}`))).toMatch(/Created by\s*Rosa Owen/)
    const { id: own } = await purser.services.database.prisma.invite.findFirstOrThrow({
      where: { resellerId: purser.northwind.reseller.id, staffId: null },
    })
    expect(wordsOf(await owner.get(`/invites/${own}`))).toMatch(/Created by\s*The system/)
    const { row: usual } = await invited(owner, purser.northwind, { kind: 'reusable' })
    expect([usual.maxUses, Math.round(daysLeft(usual))]).toEqual([null, 30])
  })

  test('the amount is the reseller’s currency', async () => {
    const tokyo = await purser.as(purser.eastgate.staff.owner)
    const { row } = await invited(tokyo, purser.eastgate, { credits: '500' })
    expect(row.credits).toBe(500n)
    expect(errorAt(await invite(tokyo, { credits: '1.5' }), 'credits')).toContain('JPY has no decimals')
  })

  test('what cannot be is a sentence at its field and keeps what was typed', async () => {
    for (const [fields, field, words] of [
      [{ email: 'nobody' }, 'email', /Enter an e-mail address/],
      [{ kind: 'reusable', email: 'a@b.example' }, 'email', /Only a single invite/],
      [{ maxUses: '2' }, 'maxUses', /can be used once/],
      [{ kind: 'reusable', maxUses: '0' }, 'maxUses', /from 1 to/],
      [{ kind: 'reusable', maxUses: 'many' }, 'maxUses', /whole number/],
      [{ expiresInDays: '366' }, 'expiresInDays', /from 1 to 365/],
      [{ credits: '12,34' }, 'credits', /Enter an amount such as/],
      [{ credits: '-1' }, 'credits', /Enter an amount such as/],
      [{ kind: 'both' }, 'kind', /Choose one/],
    ] as const) {
      const answer = await invite(owner, { tags: 'kept', ...fields })
      expect([fields, answer.status]).toEqual([fields, 422])
      expect(errorAt(answer, field)).toMatch(words)
      expect(valueOf(answer, 'tags', '/invites')).toBe('kept')
    }
  })

  test('for somebody who is a customer it leads to the customer instead', async () => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await invite(owner, { email: customer.email })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'email')).toContain('A customer with this address already exists')
    expect(answer.text).toContain(`href="/customers/${customer.id}"`)
    expect(await mails(customer.email)).toEqual([])
    const tokyo = await purser.as(purser.eastgate.staff.owner)
    expect((await invite(tokyo, { email: customer.email })).status).toBe(303)
  })

  test('the form of one cannot be used for another', async () => {
    const form = await owner.get('/invites')
    const email = 'twice@somewhere.example'
    const press = () => owner.submit(form, { kind: 'single', email }, { action: '/invites' })
    await Promise.all([press(), press()])
    expect(await prisma().invite.count({ where: { email } })).toBe(1)
    expect(await prisma().mail.count({ where: { toEmail: email } })).toBe(1)
    const other = await owner.submit(form, { kind: 'single', email: 'x@b.example' }, { action: '/invites' })
    expect(other.status).toBe(409)
    expect(refusalOf(other)).toContain('already used for another invite')
  })

  test('a form of another reseller’s cannot take over an invite by its key', async () => {
    const { row } = await invited(owner, purser.northwind)
    const tokyo = await purser.as(purser.eastgate.staff.owner)
    const answer = await tokyo.post('/invites', {
      csrf: await tokenOf(tokyo),
      idempotencyKey: row.id,
      kind: 'single',
    })
    expect(answer.status).toBe(303)
    expect(await prisma().invite.count({ where: { id: row.id } })).toBe(2)
  })

  test('Support sees the list without links', async () => {
    const { path } = await invited(owner, purser.northwind)
    const helper = await purser.as(purser.northwind.staff.support)
    const page = await helper.get('/invites')
    expect(page.text).not.toContain('/join/')
    expect(page.text).not.toContain(path.split('.').at(-1))
    expect(page.html.querySelector('form[method="post"][action="/invites"]')).toBeNull()
    expect((await helper.get('/customers')).text).not.toContain('/join/')
  })

  test('opening credits need the right to post money', async () => {
    const { id: resellerId } = purser.northwind.reseller
    const where = { resellerId_id: { resellerId, id: 'admin' } }
    const { permissions } = await prisma().role.findUniqueOrThrow({ where })
    await prisma().role.update({
      where,
      data: { permissions: permissions.filter((name) => name !== 'money.post') },
    })
    const admin = await purser.as(purser.northwind.staff.admin)
    const before = await prisma().invite.count()
    expect((await invite(admin, { credits: '5' })).status).toBe(403)
    expect(await prisma().invite.count()).toBe(before)
    expect((await invite(admin, { credits: '0' })).status).toBe(303)
    await prisma().role.update({ where, data: { permissions } })
  })
})

describe('the list', () => {
  test('is paged by time, both ways, without losing or repeating any', async () => {
    const { reseller, staff } = purser.eastgate
    const at = new Date('2026-05-01T10:00:00.000Z')
    const expiresAt = new Date(Date.now() + 86_400_000)
    await prisma().invite.deleteMany({ where: { resellerId: reseller.id, staffId: { not: null } } })
    await prisma().invite.createMany({
      data: Array.from({ length: 60 }, (_, place) => ({
        resellerId: reseller.id,
        id: `00000000-0000-4000-8000-0000000000${String(place).padStart(2, '0')}`,
        kind: 'single' as const,
        email: `many-${place}@somewhere.example`,
        staffId: staff.owner.id,
        staffName: staff.owner.email,
        // Many of one and the same time.
        createdAt: new Date(at.getTime() + Math.floor(place / 20) * 1000),
        expiresAt,
      })),
    })
    const tokyo = await purser.as(staff.owner)
    const addresses = (text: string) =>
      [...text.matchAll(/<span class="truncate" title="many-(\d+)@somewhere\.example"/g)].map(([, n]) =>
        Number(n),
      )
    const seen: number[][] = []
    let page = await tokyo.get('/invites')
    for (;;) {
      seen.push(addresses(page.text))
      const next = page.html.querySelector('.pager a[rel=next]')?.getAttribute('href')
      if (!next) break
      page = await tokyo.get(next.replaceAll('&amp;', '&'))
    }
    expect(seen.flat()).toEqual(Array.from({ length: 60 }, (_, place) => 59 - place))
    const back = page.html.querySelector('.pager a[rel=prev]')?.getAttribute('href') ?? ''
    expect(addresses((await tokyo.get(back)).text)).toEqual(seen.at(-2))
    for (const odd of ['after=x', 'before=%00', `after=${Buffer.from('a b').toString('base64url')}`]) {
      const answer = await tokyo.get(`/invites?${odd}`)
      expect([200, 422]).toContain(answer.status)
    }
  })

  test('is narrowed by state and by a part of the address, on every page of it', async () => {
    const { reseller, staff } = purser.eastgate
    const soon = new Date(Date.now() + 86_400_000)
    const past = new Date(Date.now() - 1000)
    const facts = {
      'open-a@one.example': { expiresAt: soon },
      'open-b@two.example': { expiresAt: soon },
      'used@one.example': { expiresAt: past, uses: 1 },
      'expired@one.example': { expiresAt: past },
      'revoked@one.example': { expiresAt: past, uses: 1, revokedAt: past },
    }
    await prisma().invite.deleteMany({ where: { resellerId: reseller.id, staffId: { not: null } } })
    await prisma().invite.createMany({
      data: Object.entries(facts).map(([email, given]) => ({
        resellerId: reseller.id,
        id: randomUUID(),
        kind: 'single' as const,
        maxUses: 1,
        email,
        staffId: staff.owner.id,
        staffName: staff.owner.email,
        ...given,
      })),
    })
    const tokyo = await purser.as(staff.owner)
    const shown = async (query: string) => {
      const page = await tokyo.get(`/invites?${query}`)
      return page.html
        .querySelectorAll('.invites .col-for > .truncate')
        .map((cell) => cell.textContent.trim())
    }
    expect((await shown('state=open')).sort()).toEqual(['open-a@one.example', 'open-b@two.example'])
    for (const state of ['used', 'expired', 'revoked']) {
      expect(await shown(`state=${state}`)).toEqual([`${state}@one.example`])
    }
    expect(await shown('q=TWO.ex')).toEqual(['open-b@two.example'])
    expect(await shown('q=one&state=open')).toEqual(['open-a@one.example'])
    expect(await shown('q=%25')).toEqual([])
    expect((await tokyo.get('/invites?state=nonsense')).status).toBe(422)
    const none = await tokyo.get('/invites?q=nobody')
    expect(wordsOf(none)).toContain('No invites match')
    expect(none.html.querySelector('.nothing a')?.getAttribute('href')).toBe('/invites')
  })

  test('tells an empty house what to do', async () => {
    await prisma().invite.deleteMany({
      where: { resellerId: purser.eastgate.reseller.id, staffId: { not: null } },
    })
    const page = await (await purser.as(purser.eastgate.staff.owner)).get('/invites')
    expect(wordsOf(page)).toContain('No invites yet')
  })
})
