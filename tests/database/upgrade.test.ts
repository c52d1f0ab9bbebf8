import { afterAll, beforeAll, expect, test } from 'vitest'
import { guardsInPlace } from '../../src/database/guards.ts'
import { pendingMigrations } from '../../src/database/migrations.ts'
import { markOf } from '../../src/people/password-hash.ts'
import { prepareDatabase } from '../../src/startup/database.ts'
import { type EmptyPurser, startEmptyPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import { listRoutes } from '../support/routes.ts'
import { fillIn } from '../support/scene.ts'
import { RESELLER, type SceneBefore, fillBefore } from '../support/scene-before.ts'
import { type DatabaseBefore, databaseBefore } from '../support/version-before.ts'
import { PASSWORD } from '../support/cast.ts'
import { type Visitor, flashOf, refusalOf, tokenOf, wordsOf } from '../support/visit.ts'

let old: DatabaseBefore
let scene: SceneBefore
let purser: EmptyPurser
let owner: Visitor
beforeAll(async () => {
  old = await databaseBefore(`whole_upgrade_${process.pid}`)
  scene = await fillBefore(old)
  await prepareDatabase(old)
  purser = await startEmptyPurser({ database: old })
  owner = await purser.as(scene.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.services.database.prisma
const namesOf = (rows: readonly { id: string }[]) =>
  rows.map(({ id }) => Object.entries(scene.customers).find(([, customer]) => customer.id === id)?.[0]).sort()

test('every migration applies, the ledger is proved, and its guards are in place', async () => {
  const { database } = purser.services
  expect(await pendingMigrations(database.pool)).toEqual([])
  expect(await guardsInPlace(database.pool)).toEqual({
    alteredFunctions: [],
    triggers: true,
    constraints: true,
    grants: true,
  })
  const { entries, fault } = await verifyLedger(database, {})
  expect(fault).toBeNull()
  expect(entries).toBeGreaterThan(10)
})

test('second factors are required fourteen days after the migration, of Owner, Admin and Finance; every login is alive', async () => {
  const { factorsRequiredAt, roles } = await prisma().reseller.findFirstOrThrow({
    where: { id: RESELLER },
    include: { roles: { where: { requiresFactor: true }, orderBy: { id: 'asc' } } },
  })
  const days = ((factorsRequiredAt?.getTime() ?? 0) - Date.now()) / (24 * 60 * 60_000)
  expect(days).toBeGreaterThan(13.9)
  expect(days).toBeLessThan(14.1)
  expect(roles.map(({ id }) => id)).toEqual(['admin', 'finance', 'owner'])
  for (const member of [scene.staff.owner, scene.staff.admin, scene.staff.clerk]) {
    const page = await (await purser.as(member)).get('/account')
    const notice = page.html.querySelector('.required-factor')?.textContent ?? ''
    expect([member.email, page.status]).toEqual([member.email, 200])
    expect(notice).toMatch(/From .+ on, your role requires a second factor/)
  }
})

test('whose temporary password is in force is marked, with whoever made it and the address that proves who they are', async () => {
  const marked = await prisma().customer.findMany({
    where: { resetAt: { not: null } },
    orderBy: { id: 'asc' },
  })
  expect(marked.map(({ email, resetBy, resetProofEmail }) => [email, resetBy, resetProofEmail])).toEqual([
    ['held@customer.example', 'The admin', 'held@customer.example'],
    ['heldunverified@customer.example', 'The owner', null],
    ['heldverifiedsince@customer.example', 'The owner', null],
    ['late@customer.example', 'The owner', 'late@customer.example'],
    ['lateunverified@customer.example', 'The owner', null],
  ])
})

test('an external reference that several have stays with each, and the first registered has it to themselves', async () => {
  const sharing = await prisma().customer.findMany({ where: { externalReferenceKey: 'crm-7' } })
  expect(namesOf(sharing)).toEqual(['double', 'invisible', 'otherCase', 'plain'])
  expect(namesOf(sharing.filter(({ externalReferencePlace }) => externalReferencePlace === 0))).toEqual([
    'plain',
  ])
  const page = await owner.get(`/customers/${scene.customers.otherCase.id}`)
  expect(wordsOf(page)).toContain(scene.customers.plain.email)
})

test('tags that read the same all stay with who has them, and one of them takes the name', async () => {
  expect(await prisma().customerTag.count({ where: { customerId: scene.customers.plain.id } })).toBe(
    scene.tags.length,
  )
  const keys = Object.fromEntries((await prisma().tag.findMany()).map(({ name, key }) => [name, key]))
  expect(keys).toMatchObject({ VIP: 'vip', 'V\u200bIP': 'v\u200bip', 'Sil\u202ever': 'silver' })
})

test('everybody is found by what they were not found by before: name, tag and all other facts, folded', async () => {
  const { rows } = await old.owner.query(
    `select c.id from customers c left join customer_search s on s.reseller_id = c.reseller_id and s.id = c.id
     where s.words is distinct from search_words(c.reseller_id, c.id) or s.words not like '%' || search_folded(c.name) || '%'`,
  )
  expect(rows).toEqual([])
})

test('the requests of each login as a customer are numbered as they came', async () => {
  const { ended, entered, waits } = scene.logins
  const stays = await prisma().loginAs.findMany({ include: { events: { orderBy: { seq: 'asc' } } } })
  expect(stays).toHaveLength(ended.length + 2)
  for (const { id, endedBy, requests, events } of stays) {
    const isEntered = endedBy !== 'never_entered' && id !== waits
    expect(requests).toBe(isEntered ? 3 : 0)
    expect(events.map(({ seq, status }) => [seq, status])).toEqual(
      isEntered
        ? [
            [1, 200],
            [2, 499],
            [3, 403],
          ]
        : [],
    )
  }
  const open = await owner.get(`/login-as/${entered}`)
  expect((await owner.submit(open, {}, { action: `/login-as/${entered}/end` })).status).toBe(303)
  expect(await prisma().loginAs.findFirst({ where: { id: entered } })).toMatchObject({ endedBy: 'stopped' })
  expect(await verifyLedger(purser.services.database, {})).toMatchObject({ fault: null })
})

test('every page of the portal opens, with each thing that was there before', async () => {
  const ids = async (table: string, column = 'id') =>
    (await old.owner.query(`select ${column} from ${table} where reseller_id = '${RESELLER}'`)).rows.map(
      (row) => Object.values(row) as string[],
    )
  const things: Readonly<Record<string, string[][]>> = {
    '/customers/:id/postings/:postingId': await ids('postings', 'customer_id, id'),
    '/customers/:id/grants/:grantId': await ids('credit_grants', 'customer_id, id'),
    '/customers/:id': await ids('customers'),
    '/tags/:id': await ids('tags'),
    '/teams/:id': await ids('teams'),
    '/login-as/:id': await ids('login_as'),
    '/staff/:id': await ids('staff'),
    // Of these there were none.
    '/approvals/limits/:id': [],
    '/account/factors/:id': [],
    '/approvals/:id': await ids('waiting_postings'),
    '/invites/:id': await ids('invites'),
    '/mails/:id': (await old.owner.query('select id from mails where customer_id is not null')).rows.map(
      ({ id }) => [id],
    ),
  }
  const visited: string[] = []
  const wrong: string[] = []
  for (const { method, path } of listRoutes(purser.services)) {
    if (method !== 'GET' || /^\/(console|join|verify|set-password|setup|logout)|\/letter\//.test(path))
      continue
    const of = Object.keys(things).find((start) => path === start || path.startsWith(`${start}/`))
    const filled = of ? (things[of] as string[][]).map((values) => fillIn(path, values)) : [path]
    for (const address of filled) {
      const { status } = await owner.get(address)
      visited.push(`${status} ${address}`)
      // 303: the address of a form that stands on another page. What cannot be reversed says so.
      const usual = path.endsWith('/reversal') ? [200, 409, 422] : [200, 303]
      if (!usual.includes(status)) wrong.push(`${status} ${address}`)
    }
  }
  expect(wrong).toEqual([])
  expect(visited).toEqual(
    expect.arrayContaining(
      `/customers /customers/new /audit /audit/export.csv /login-as /staff /tags /approvals /mails /invites /ledger /settings
       /customers/AAAAAAAA05 /customers/AAAAAAAA05/edit /customers/AAAAAAAA00/ledger /login-as/${scene.logins.waits}`
        .split(/\s+/)
        .map((address) => `200 ${address}`),
    ),
  )
})

test('what was asked of the version before is filled in and answered', async () => {
  const { plain, held } = scene.customers
  for (const address of [
    '/customers?q=crm-7',
    '/customers?sort=balance',
    `/audit?customer=${held.id}`,
    `/customers/${plain.id}/ledger?reference=inv2026-100`,
    `/ledger?min=1&max=2000`,
  ]) {
    expect([address, (await owner.get(address)).status]).toEqual([address, 200])
  }
})

test('every password from before still lets its person in, and has its mark', async () => {
  for (const { email } of [scene.staff.owner, scene.staff.admin, scene.staff.clerk]) {
    const browser = purser.visitor()
    const answer = await browser.submit(await browser.get('/login'), { email, password: PASSWORD })
    expect([email, answer.location]).toEqual([email, '/customers'])
  }
  const { plain, turning, over } = scene.customers
  for (const { email } of [plain, turning, over]) {
    for (const login of ['/console/old/login', '/console/login']) {
      const browser = purser.visitor()
      const answer = await browser.submit(await browser.get(login), { email, password: PASSWORD })
      expect([email, answer.location]).toEqual([email, '/console'])
    }
  }
  for (const table of ['staff', 'customers']) {
    const { rows } = await old.owner.query<{ hash: string | null; mark: string | null }>(
      `select password_hash as hash, password_mark as mark from ${table}`,
    )
    expect(rows.some(({ hash }) => hash === null)).toBe(true)
    for (const { hash, mark } of rows) expect(mark).toBe(hash && markOf(hash))
  }
})

test('customers from before come in, change what they must, and read their pages', async () => {
  const { plain, held, late, off } = scene.customers
  const come = async (email: string) => {
    const browser = purser.visitor()
    const answer = await browser.submit(await browser.get('/console/old/login'), {
      email,
      password: PASSWORD,
    })
    return { browser, answer }
  }
  const pages = ['/console', '/console/profile', '/console/security', '/console/billing']
  const { browser } = await come(plain.email)
  for (const address of pages) expect([address, (await browser.get(address)).status]).toEqual([address, 200])

  const first = await come(held.email)
  const form = await first.browser.get('/console/password')
  const chosen = { current: PASSWORD, password: 'a wholly new passphrase', again: 'a wholly new passphrase' }
  expect((await first.browser.submit(form, chosen)).status).toBe(303)
  const security = await first.browser.get('/console/security')
  expect(wordsOf(security)).toContain('After a reset by The admin')

  for (const { email } of [late, off]) {
    const { answer } = await come(email)
    expect([email, answer.status]).not.toEqual([email, 303])
    expect(refusalOf(answer)).not.toBe('')
  }
})

test('of what waited, the one is booked and the other refused for its receipt', async () => {
  const { stillWaits, sameReceipt } = scene.waiting
  const decide = async (id: string) => {
    // Also where its page offers it no more.
    return owner.post(`/approvals/${id}/approval`, { csrf: await tokenOf(owner), comment: 'checked' })
  }
  const booked = await decide(stillWaits)
  expect(booked.status).toBe(303)
  expect(flashOf(await owner.follow(booked))).not.toBe('')
  expect((await decide(sameReceipt)).status).toBe(409)
  expect(await verifyLedger(purser.services.database, {})).toMatchObject({ fault: null })
})
