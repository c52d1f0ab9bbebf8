import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LoginAsMode } from '../../src/generated/prisma/client.ts'
import type { RoleId } from '../../src/people/roles.ts'
import { PASSWORD, makeCustomer, makeMember } from '../support/cast.ts'
import { letPass } from '../support/clock.ts'
import { readCsv } from '../support/csv.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { askToEnter, enter } from '../support/login-as.ts'
import { type Answer, flashOf, tokenOf, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const db = () => purser.owner.prisma
const as = (role: RoleId) => purser.as(purser.northwind.staff[role])

/** A staff member of their own inside a new customer's console. */
async function inside(mode: LoginAsMode, role: RoleId = 'admin') {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const member = await makeMember(purser.northwind, role)
  const staff = await purser.as(member)
  await enter(staff, customer, mode)
  const { id } = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
  return { id, customer, member, staff, page: `/login-as/${id}` }
}

/** Everything that can be met in a login as a customer: pages, files, a write, a refusal, what is not there, and the way out. */
async function busy() {
  const here = await inside('admin')
  const { staff } = here
  await staff.get('/console/billing?from=2026-01-01')
  await staff.get('/console/billing/statement.csv')
  await staff.submit(await staff.get('/console/profile'), { name: 'Another Name' }, { action: '/profile' })
  await staff.post('/console/profile', { name: 'Without a token' })
  await staff.get('/console/nothing-here')
  await staff.submit(await staff.get('/console'), {}, { action: '/login-as/end' })
  const open = () => db().loginAsEvent.count({ where: { loginAsId: here.id, endedAt: null } })
  await waitFor(async () => (await open()) === 0, { what: 'all answers to end' })
  return here
}

/** The rows of a table as its cells' words. */
const rowsOf = (answer: Answer, table: string) =>
  answer.html.querySelectorAll(`table.${table} tbody tr`).map((row) =>
    row.querySelectorAll('td').map((cell) =>
      cell.textContent
        .replace(/[\u2068\u2069]/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ),
  )

const idsOn = (answer: Answer) =>
  answer.html
    .querySelectorAll('table.login-as-sessions .col-time a')
    .map((link) => link.getAttribute('href')?.replace('/login-as/', ''))

describe('the list of logins as customers', () => {
  test('says who was in whose console, how, why, how long and what it came to', async () => {
    const here = await busy()
    const list = await (await as('auditor')).get(`/login-as?customer=${here.customer.id.toLowerCase()}`)
    const [row, ...others] = rowsOf(list, 'login-as-sessions')
    expect(others).toEqual([])
    expect(row?.slice(1)).toEqual([
      'One More',
      `${here.customer.email} Another Name`,
      'Admin Login Ticket 4711',
      expect.stringMatching(/^exited \d+ secs?$/),
      // Five pages and one that is not there; the file is none, nor is the way out a write.
      '5',
      '1',
      '',
    ])
  })

  test('is narrowed by staff member and by customer, in the address', async () => {
    const [one, other] = [await inside('readonly'), await inside('admin')]
    const owner = await as('owner')
    expect(idsOn(await owner.get(`/login-as?staff=${one.member.id}`))).toEqual([one.id])
    expect(idsOn(await owner.get(`/login-as?customer=${other.customer.id}`))).toEqual([other.id])
    const neither = await owner.get(`/login-as?customer=${other.customer.id}&staff=${one.member.id}`)
    expect(idsOn(neither)).toEqual([])
    expect(wordsOf(neither)).toContain('No login-as sessions match')
    expect((await owner.get('/login-as?staff=nonsense')).status).toBe(422)
    expect(wordsOf(await owner.get('/login-as?customer=0000000000'))).toContain('No customers match')
    expect((await owner.get('/login-as?after=nonsense')).status).toBe(200)
  })

  test('goes on from page to page, the latest first, and back', async () => {
    const customer = await makeCustomer(purser.northwind)
    const staff = await as('admin')
    for (let count = 0; count < 3; count++) await askToEnter(staff, customer, 'readonly')
    const made = await db().loginAs.findMany({
      where: { customerId: customer.id },
      orderBy: { id: 'desc' },
    })
    const [row] = made
    const many = Array.from({ length: 60 }, (_one, place) => ({
      ...(row as NonNullable<typeof row>),
      id: `0190${String(place).padStart(4, '0')}-0000-7000-8000-000000000000`,
      codeHash: `of ${place}`,
    }))
    await db().loginAs.createMany({ data: many })
    const expected = [...made.map(({ id }) => id), ...many.map(({ id }) => id).reverse()]
    const first = await staff.get(`/login-as?customer=${customer.id}`)
    expect(idsOn(first)).toEqual(expected.slice(0, 50))
    const second = await staff.get(first.html.querySelector('[rel=next]')?.getAttribute('href') ?? '')
    expect(idsOn(second)).toEqual(expected.slice(50))
    const back = await staff.get(second.html.querySelector('[rel=prev]')?.getAttribute('href') ?? '')
    expect(idsOn(back)).toEqual(expected.slice(0, 50))
  })

  test('marks those that last, and no longer those that ran out', async () => {
    const { customer, page } = await inside('readonly')
    const asked = await makeCustomer(purser.northwind)
    await askToEnter(await as('admin'), asked, 'readonly')
    const endOn = async (id: string) =>
      rowsOf(await (await as('owner')).get(`/login-as?customer=${id}`), 'login-as-sessions')[0]?.[4]
    expect(await endOn(customer.id)).toMatch(/^active now/)
    expect(await endOn(asked.id)).toBe('not started yet')
    await letPass(purser.database, 11)
    expect(await endOn(customer.id)).toMatch(/^it expired/)
    expect(await endOn(asked.id)).toBe('it expired')
    expect(wordsOf(await (await as('owner')).get(page))).not.toContain('active now')
  })
})

describe('one login as a customer', () => {
  test('shows all that was done in it, in order, with how it ended', async () => {
    const here = await busy()
    const page = await (await as('auditor')).get(here.page)
    const { email } = here.customer
    expect(rowsOf(page, 'login-as-events').map(([, ...cells]) => cells)).toEqual([
      ['Login', 'started Admin Login: Ticket 4711', ''],
      ['Page', 'GET /console', 'Completed 200'],
      ['Page', 'GET /console/billing', 'Completed 200'],
      ['File', 'GET /console/billing/statement.csv', 'Completed 200'],
      ['File', 'exported the whole statement', ''],
      ['File', expect.stringMatching(/^downloaded the file statement-.*\.csv \(0 rows\)$/), ''],
      ['Page', 'GET /console/profile', 'Completed 200'],
      ['Form submitted', 'POST /console/profile', 'Redirected 303'],
      ['Write', expect.stringMatching(/^changed name/), ''],
      ['Refusal', 'POST /console/profile', 'Refused 403'],
      ['Refusal', 'tried POST /console/profile in Admin Login and was refused', ''],
      ['Page', 'GET /console/nothing-here', 'Not found 404'],
      ['Page', 'GET /console', 'Completed 200'],
      ['Form submitted', 'POST /console/login-as/end', 'Redirected 303'],
      ['Login', 'ended Admin Login: exited', ''],
    ])
    const words = wordsOf(page)
    expect(page.html.querySelector(`a[title="${here.member.email}"]`)?.textContent).toBe('One More')
    for (const said of ['One More', email, 'Ticket 4711', 'exited', '127.0.0.1'])
      expect(words).toContain(said)
    expect(words).toMatch(/Pages\s*5 Downloads\s*1 Writes\s*1 Refused requests\s*1/)
  })

  test('leaves out what the same staff member did elsewhere, and what others did to the customer', async () => {
    const here = await inside('admin')
    const owner = await as('owner')
    const tags = `/customers/${here.customer.id}/tags`
    await owner.submit(await owner.get(tags), { tags: 'VIP' }, { action: '/tags' })
    await here.staff.submit(await here.staff.get(tags), { tags: 'VIP, Lead' }, { action: '/tags' })
    await enter(here.staff, await makeCustomer(purser.northwind), 'readonly')
    const rows = rowsOf(await owner.get(here.page), 'login-as-events').map(([, , what]) => what)
    expect(rows).toEqual([
      'started Admin Login: Ticket 4711',
      'GET /console',
      // What leads out of it into the next one is asked for while it lasts.
      'GET /console/enter/…',
      'ended Admin Login: another login-as session started in the same browser',
    ])
  })

  test('counts what takes no file away and sends nothing as neither', async () => {
    const here = await inside('admin')
    await here.staff.send('HEAD', '/console/billing/statement.csv')
    await here.staff.send('OPTIONS', '/console/profile')
    const words = async () => wordsOf(await (await as('auditor')).get(here.page))
    await waitFor(async () => !(await words()).includes('Not finished'), { what: 'all answers to end' })
    expect(await words()).toMatch(/Pages\s*3 Downloads\s*0 Writes\s*0 Refused requests\s*0/)
    const rows = rowsOf(await (await as('auditor')).get(here.page), 'login-as-events')
    expect(rows.map(([, kind]) => kind)).toEqual(['Login', 'Page', 'Page', 'Page'])
  })

  test('goes on from page to page', async () => {
    const here = await inside('admin')
    await here.staff.get('/console/profile')
    const row = await db().loginAsEvent.findFirstOrThrow({
      where: { loginAsId: here.id, path: '/console/profile' },
    })
    await db().loginAsEvent.createMany({
      data: Array.from({ length: 109 }, (_, place) => ({ ...row, id: uuidv7(), seq: row.seq + 1 + place })),
    })
    const owner = await as('owner')
    const first = await owner.get(here.page)
    expect(rowsOf(first, 'login-as-events')).toHaveLength(100)
    const second = await owner.get(first.html.querySelector('[rel=next]')?.getAttribute('href') ?? '')
    // One of them is its start, one the page it began with.
    expect(rowsOf(second, 'login-as-events')).toHaveLength(12)
    const back = await owner.get(second.html.querySelector('[rel=prev]')?.getAttribute('href') ?? '')
    expect(rowsOf(back, 'login-as-events')).toEqual(rowsOf(first, 'login-as-events'))
    expect((await owner.get(`${here.page}?after=nonsense`)).status).toBe(200)
  })

  test('is a file with the same rows, which leaves an event', async () => {
    const here = await busy()
    const auditor = await as('auditor')
    const shown = rowsOf(await auditor.get(here.page), 'login-as-events')
    const file = await auditor.get(`${here.page}/events.csv`)
    expect(file.headers.get('Content-Type')).toContain('text/csv')
    const [headings, ...lines] = readCsv(file.text)
    const heads = 'at kind method address status ended_at deed what details request_id id'.split(' ')
    expect(headings).toEqual(heads)
    const column = (line: string[], name: string) => line[heads.indexOf(name)] ?? ''
    const plain = (text: string) => text.replace(/[\u2068\u2069]/g, '')
    expect(
      lines.map((line) =>
        plain(column(line, 'what') || `${column(line, 'method')} ${column(line, 'address')}`),
      ),
    ).toEqual(shown.map(([, , what]) => what))
    // What a request did carries its id.
    const requests = lines.filter((line) => !column(line, 'deed')).map((line) => column(line, 'request_id'))
    for (const line of lines.filter((line) => /changed|exported|refused/.test(column(line, 'deed'))))
      expect(requests).toContain(column(line, 'request_id'))
    const event = await db().auditRow.findFirstOrThrow({
      where: { event: 'login_as.exported', customerId: here.customer.id },
    })
    expect(event).toMatchObject({
      actorName: 'auditor@northwind.example',
      details: { mode: 'admin', staff: here.member.email, loginAs: here.id },
    })
  })

  test('holds no secret: neither the code by which it was entered nor what stood in an address', async () => {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
    const staff = await as('admin')
    const asked = await askToEnter(staff, customer, 'admin')
    const code = asked.location?.split('/').at(-1) ?? ''
    expect(code.length).toBeGreaterThan(40)
    await staff.follow(await staff.follow(asked))
    await staff.get(`/console/enter/${code}`)
    await staff.get('/console/billing?token=my-secret-token')
    const { id } = await db().loginAs.findFirstOrThrow({ where: { customerId: customer.id } })
    const auditor = await as('auditor')
    for (const address of [
      `/login-as/${id}`,
      `/login-as/${id}/events.csv`,
      `/login-as?customer=${customer.id}`,
    ]) {
      const { text } = await auditor.get(address)
      expect(text).not.toContain(code)
      expect(text).not.toContain(code.split('.')[1])
      expect(text).not.toContain('my-secret-token')
    }
  })
})

describe('who may look', () => {
  test('Support: at their own, and at nobody else’s', async () => {
    const [theirs, others] = [await inside('readonly', 'support'), await inside('admin')]
    const { staff } = theirs
    expect(idsOn(await staff.get('/login-as'))).toEqual([theirs.id])
    expect(idsOn(await staff.get(`/login-as?staff=${others.member.id}`))).toEqual([])
    expect(idsOn(await staff.get(`/login-as?customer=${others.customer.id}`))).toEqual([])
    expect((await staff.get(theirs.page)).status).toBe(200)
    expect((await staff.get(`${theirs.page}/events.csv`)).status).toBe(200)
    for (const address of [others.page, `${others.page}/events.csv`, '/login-as/nonsense'])
      expect((await staff.get(address)).status, address).toBe(404)
  })

  test('another reseller: at none', async () => {
    const here = await inside('readonly')
    const stranger = await purser.as(purser.eastgate.staff.owner)
    expect(idsOn(await stranger.get('/login-as'))).toEqual([])
    expect(idsOn(await stranger.get(`/login-as?staff=${here.member.id}`))).toEqual([])
    const theirs = await stranger.get(`/login-as?customer=${here.customer.id}`)
    expect(idsOn(theirs)).toEqual([])
    expect(theirs.text).not.toContain(here.customer.email)
  })
})

describe('ending one that lasts', () => {
  const stop = async (browser: Awaited<ReturnType<typeof as>>, { page }: { page: string }) =>
    browser.submit(await browser.get(page), {}, { action: '/end' })
  const rowOf = (id: string) => db().loginAs.findFirstOrThrow({ where: { id } })

  test('by who may log in with full rights and read the log: at once, and all say who it was', async () => {
    const here = await inside('admin')
    const owner = await as('owner')
    const list = await owner.get(`/login-as?customer=${here.customer.id}`)
    const ended = await owner.submit(list, {}, { action: '/end' })
    expect([ended.status, ended.location]).toEqual([303, here.page])
    const page = await owner.follow(ended)
    expect(flashOf(page)).toContain(here.customer.email)
    expect(wordsOf(page).replace(/[\u2068\u2069]/g, '')).toContain('ended by owner@northwind.example')
    expect(await rowOf(here.id)).toMatchObject({ endedBy: 'stopped' })

    const told = await here.staff.get('/console/billing')
    expect(told.status).toBe(403)
    expect(wordsOf(told).replace(/[\u2068\u2069]/g, '')).toContain('ended by owner@northwind.example')

    const rows = await db().auditRow.findMany({
      where: { customerId: here.customer.id, event: { in: ['login_as.ended', 'login_as.stopped'] } },
      orderBy: { id: 'asc' },
    })
    const stopper = { actorName: 'owner@northwind.example', ip: '127.0.0.1', forCustomerId: null }
    expect(rows).toMatchObject([
      {
        event: 'login_as.ended',
        actorName: here.member.email,
        ip: null,
        details: { by: 'stopped', stoppedBy: 'owner@northwind.example' },
      },
      { event: 'login_as.stopped', ...stopper, details: { staff: here.member.email, loginAs: here.id } },
    ])
    expect(rows[0]?.requestId).toBe(rows[1]?.requestId)
  })

  test('by Support: their own', async () => {
    const here = await inside('readonly', 'support')
    expect((await stop(here.staff, here)).status).toBe(303)
    expect(await rowOf(here.id)).toMatchObject({ endedBy: 'stopped' })
  })

  test('by nobody else: no button, and somebody else’s is not there for Support', async () => {
    const here = await inside('admin')
    const page = await (await as('auditor')).get(here.page)
    expect(page.html.querySelector('form[action$="/end"]')).toBeNull()
    const support = await as('support')
    const csrf = await tokenOf(support)
    expect((await support.post(`${here.page}/end`, { csrf })).status).toBe(404)
    expect(await rowOf(here.id)).toMatchObject({ endedAt: null })
  })

  test('that is over by then says so and leaves no event', async () => {
    const here = await inside('admin')
    const owner = await as('owner')
    const page = await owner.get(here.page)
    await here.staff.submit(await here.staff.get('/console'), {}, { action: '/login-as/end' })
    const late = await owner.submit(page, {}, { action: '/end' })
    expect(flashOf(await owner.follow(late))).toContain('had already ended')
    expect(await rowOf(here.id)).toMatchObject({ endedBy: 'exit' })
    expect(
      await db().auditRow.count({ where: { event: 'login_as.stopped', customerId: here.customer.id } }),
    ).toBe(0)
  })

  test('whose time ran out says that it ended for that', async () => {
    const here = await inside('admin')
    const owner = await as('owner')
    const page = await owner.get(here.page)
    await letPass(purser.database, 11)
    expect((await owner.submit(page, {}, { action: '/end' })).status).toBe(303)
    expect(await rowOf(here.id)).toMatchObject({ endedBy: 'idle' })
  })
})

test('it is linked from the log, the customer, the staff and the menu', async () => {
  const here = await inside('admin')
  const owner = await as('owner')
  const linksOn = async (address: string) =>
    (await owner.get(address)).html.querySelectorAll('a').map((link) => link.getAttribute('href'))
  expect(await linksOn(`/audit?customer=${here.customer.id}&event=login_as.started`)).toContain(here.page)
  expect(await linksOn(`/customers/${here.customer.id}`)).toContain(`/login-as?customer=${here.customer.id}`)
  expect(await linksOn('/staff')).toContain(`/login-as?staff=${here.member.id}`)
  expect(await linksOn('/customers')).toContain('/login-as')
  const support = await as('support')
  const menu = await support.get('/customers')
  expect(menu.html.querySelector('nav a[href="/login-as"]')).not.toBeNull()
})
