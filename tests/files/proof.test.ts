import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD } from '../support/cast.ts'
import { mixedCrowd, makeCrowd } from '../support/crowd.ts'
import { readCsv } from '../support/csv.ts'
import { isInConsole } from '../support/doors.ts'
import { withRefills } from '../support/movements.ts'
import { refill } from '../support/postings.ts'
import { enter } from '../support/login-as.ts'
import { ageProofs, freshProofs } from '../support/proof.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { listRoutes } from '../support/routes.ts'
import { addressOf } from '../support/scene.ts'
import { type Visitor, flashOf, wordsOf } from '../support/visit.ts'

/** The files of staff, by their routes, and an address of each that has more rows than go without a proof. */
const LARGE: Record<string, string> = {
  '/customers/export.csv': '/customers/export.csv?state=ON&sort=email',
  '/audit/export.csv': '/audit/export.csv',
  '/ledger/export.csv': '/ledger/export.csv',
}

let purser: RunningPurser
let owner: Visitor
let customer: { id: string; email: string }
const MANY = 1_001

beforeAll(async () => {
  purser = await startPurser()
  const { northwind } = purser
  customer = await withRefills(purser, 1_000)
  owner = await purser.as(northwind.staff.owner)
  const crowd = mixedCrowd(MANY).map((one) => ({ ...one, state: 'ON' as const }))
  await makeCrowd(northwind, crowd, { from: 1 })
  const resellerId = northwind.reseller.id
  const who = {
    resellerId,
    event: 'staff.logged_out',
    actorKind: 'system',
    actorName: 'test',
    details: {},
  } as const
  await purser.owner.prisma.auditRow.createMany({
    data: Array.from({ length: MANY }, () => ({ ...who, id: uuidv7() })),
  })
  const session = await addressOf(purser, northwind, '/login-as/:id')
  const loginAsId = session.split('/').at(-1) ?? ''
  await purser.owner.prisma.loginAsEvent.createMany({
    data: Array.from({ length: MANY }, (_, at) => ({
      ...{ resellerId, loginAsId, id: uuidv7(), seq: at + 1 },
      ...{ method: 'GET', path: '/console' },
    })),
  })
  LARGE['/login-as/:id/events.csv'] = `${session}/events.csv`
  for (const path of ['ledger/export.csv', 'billing/statement.csv', 'billing/statement.pdf'])
    LARGE[`/customers/:id/${path}`] = `/customers/${customer.id}/${path}`
}, 240_000)
afterAll(() => purser.stop())

const asks = (address: string) => ({
  status: 303,
  location: `/account/proof?${new URLSearchParams({ next: address })}`,
})

const exported = () =>
  purser.owner.prisma.auditRow.count({ where: { event: { in: ['file.sent', 'statement.exported'] } } })

test('up to 1,000 rows ask for nothing, one more does, and nothing of it is recorded', async () => {
  await ageProofs(purser)
  for (const path of ['ledger/export.csv', 'billing/statement.csv', 'billing/statement.pdf']) {
    const answer = await owner.get(`/customers/${customer.id}/${path}`)
    expect([path, answer.status]).toEqual([path, 200])
    if (path.endsWith('.csv')) expect(readCsv(answer.text).length).toBeGreaterThanOrEqual(1_001)
  }
  const posted = { amount: 100n, reason: 'courtesy', comment: '', note: '', reference: '' } as const
  await refill(purser.northwind.system, customer, {
    ...posted,
    confirmDuplicate: false,
    idempotencyKey: uuidv7(),
  })
  const before = await exported()
  for (const path of ['ledger/export.csv', 'billing/statement.csv', 'billing/statement.pdf']) {
    const address = `/customers/${customer.id}/${path}`
    expect(await owner.get(address)).toMatchObject(asks(address))
  }
  expect(await exported()).toBe(before)
  // A filter that leaves few of them does not.
  expect(
    (await owner.get(`/customers/${customer.id}/ledger/export.csv?from=2026-01-01&to=2026-01-01`)).status,
  ).toBe(200)
})

test('each file of staff asks; confirmed, it is offered on its own page, and taken by a person only', async () => {
  const files = listRoutes(purser.services).filter(
    (route) => route.method === 'GET' && /\.(csv|pdf)$/.test(route.path) && !isInConsole(route),
  )
  expect(files.map(({ path }) => path).sort()).toEqual(Object.keys(LARGE).sort())
  for (const address of Object.values(LARGE)) {
    await ageProofs(purser)
    const asked = await owner.get(address)
    expect(asked).toMatchObject(asks(address))
    const question = await owner.follow(asked)
    expect(wordsOf(question)).toContain('To download a file with more than 1,000 rows, confirm first that')
    const back = await owner.submit(question, { password: PASSWORD }, { action: '/proof' })
    const page = address.replace(/\/[^/?]+(\?|$)/, '$1')
    expect(back).toMatchObject({ status: 303, location: page })
    const list = await owner.follow(back)
    expect(flashOf(list)).toMatch(/^You have confirmed that it is you/)
    const link = list.html.querySelector('.flash a')?.getAttribute('href')
    expect(link).toBe(address)
    const file = await owner.get(address)
    expect([address, file.status, file.headers.get('content-disposition')]).toEqual([
      address,
      200,
      expect.stringContaining('attachment'),
    ])
  }
})

test('Cancel leads to the page of the file', async () => {
  await ageProofs(purser)
  const page = await owner.follow(await owner.get('/customers/export.csv?state=ON&sort=email'))
  expect(page.html.querySelector('main .btn-ghost')?.getAttribute('href')).toBe(
    '/customers?state=ON&sort=email',
  )
})

test('a customer’s own files ask for the customer’s proof above 1,000 rows, in the console', async () => {
  const own = await purser.northwind.system.database.prisma.customer.findFirstOrThrow({
    where: { id: customer.id },
  })
  const { passwordHash } = await purser.owner.prisma.staff.findFirstOrThrow({
    where: { id: purser.northwind.staff.owner.id },
    select: { passwordHash: true },
  })
  await purser.owner.prisma.customer.updateMany({ where: { id: own.id }, data: { passwordHash } })
  const browser = await purser.asCustomer(own)
  const files = listRoutes(purser.services).filter(
    (route) => route.method === 'GET' && /\.(csv|pdf)$/.test(route.path) && isInConsole(route),
  )
  expect(files.map(({ path }) => path)).toHaveLength(2)
  for (const { path } of files) {
    const address = `${path}?from=2025-12-01`
    // A login is one. The PDF, which takes seconds to make, is asked for below, where the proof has just been given.
    await freshProofs(purser)
    if (path.endsWith('.csv')) expect((await browser.get(address)).status).toBe(200)
    await ageProofs(purser)
    expect((await browser.get(`${path}?from=2026-01-01&to=2026-01-01`)).status).toBe(200)
    const before = await exported()
    const asked = await browser.get(address)
    expect(asked).toMatchObject({
      status: 303,
      location: `/console/security/proof?${new URLSearchParams({ next: address })}`,
    })
    expect(await exported()).toBe(before)
    const question = await browser.follow(asked)
    expect(question.html.querySelector('main .btn-ghost')?.getAttribute('href')).toBe(
      '/console/billing?from=2025-12-01',
    )
    const back = await browser.submit(question, { password: PASSWORD }, { action: '/proof' })
    expect(back).toMatchObject({ status: 303, location: '/console/billing?from=2025-12-01' })
    const page = await browser.follow(back)
    expect(page.html.querySelector('.flash a')?.getAttribute('href')).toBe(address)
    expect((await browser.get(address)).status).toBe(200)
  }
})

test('staff who are logged in as a customer take many rows only where they have proved who they are', async () => {
  await enter(owner, customer, 'readonly')
  const file = '/console/billing/statement.csv'
  await freshProofs(purser)
  expect((await owner.get(file)).status).toBe(200)
  await ageProofs(purser)
  const refused = await owner.get(file)
  expect([refused.status, wordsOf(refused).includes('Download it in the portal')]).toEqual([403, true])
  expect((await owner.get(`${file}?from=2026-01-01&to=2026-01-01`)).status).toBe(200)
})
