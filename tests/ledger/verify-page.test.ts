import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { eventsAbout } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { flashOf, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser({ works: true })
  await makeCustomer(purser.northwind, { balance: 100n, credits: 5n })
  await makeCustomer(purser.eastgate, { balance: 100n })
})
afterAll(() => purser.stop())

const ADDRESS = '/ledger/verification'

test('an auditor has the ledger verified, and finds when it was last good', async () => {
  const auditor = await purser.as(purser.northwind.staff.auditor)
  const before = await auditor.get(ADDRESS)
  expect(wordsOf(before)).toContain('The ledger has not been verified yet.')
  const answer = await auditor.submit(before)
  expect([answer.status, answer.location]).toEqual([303, ADDRESS])
  expect(flashOf(await auditor.follow(answer))).toContain('Verification started')
  await waitFor(async () => wordsOf(await auditor.get(ADDRESS)).includes('No problems found'), {
    what: 'the result',
  })
  const page = wordsOf(await auditor.get(ADDRESS))
  // Its own two entries, and none of the other reseller's.
  expect(page).toContain('Entries checked2 ')
  expect(page).toContain('Started by Auditor Person')
  expect(page).not.toContain('missing')
  const { system, reseller } = purser.northwind
  const rows = await system.database.prisma.auditRow.findMany({
    where: { resellerId: reseller.id, event: 'ledger.verified' },
  })
  expect(rows.map(({ actorName }) => actorName)).toEqual(['auditor@northwind.example'])
})

test('one that runs already is not begun a second time', async () => {
  const { system, reseller, staff } = purser.eastgate
  const owner = await purser.as(staff.owner)
  // As a process leaves it that was killed a moment ago: the queue will hand its job to another.
  await system.database.prisma.ledgerCheck.create({
    data: { resellerId: reseller.id, id: '01a00000-0000-7000-8000-000000000001', actorName: 'somebody' },
  })
  const page = await owner.get(ADDRESS)
  expect(page.html.querySelector('main button[disabled]')).not.toBeNull()
  const answer = await owner.submit(page)
  expect(flashOf(await owner.follow(answer))).toContain('already')
  expect(await system.database.prisma.ledgerCheck.count({ where: { resellerId: reseller.id } })).toBe(1)
})

test('two who ask at once begin one', async () => {
  const { system, reseller, staff } = purser.northwind
  const [owner, auditor] = [await purser.as(staff.owner), await purser.as(staff.auditor)]
  const count = () => system.database.prisma.ledgerCheck.count({ where: { resellerId: reseller.id } })
  const before = await count()
  const pages = await Promise.all([owner.get(ADDRESS), auditor.get(ADDRESS)])
  await system.database.prisma
    .$transaction(
      async (db) => {
        await db.$queryRaw`select from resellers where id = ${reseller.id} for update`
        const sent = [owner.submit(pages[0]), auditor.submit(pages[1])]
        await waitFor(async () => (await waiting()) === 2, { what: 'both to wait' })
        return sent
      },
      { timeout: 20_000, maxWait: 10_000 },
    )
    .then((sent) => Promise.all(sent))
  expect(await count()).toBe(before + 1)
  // The next one who asks would be told of this one.
  const running = () =>
    system.database.prisma.ledgerCheck.count({ where: { resellerId: reseller.id, finishedAt: null } })
  await waitFor(async () => (await running()) === 0, { what: 'the check to end' })
})

test('what is broken is said, with the place', async () => {
  const { reseller, staff } = purser.northwind
  const customer = await makeCustomer(purser.northwind, { balance: 100n })
  expect(await eventsAbout(purser.northwind, customer)).toHaveLength(1)
  await purser.owner.prisma.customer.updateMany({ where: { id: customer.id }, data: { balance: 999n } })
  const owner = await purser.as(staff.owner)
  await owner.submit(await owner.get(ADDRESS))
  await waitFor(async () => wordsOf(await owner.get(ADDRESS)).includes('Problem found'), {
    what: 'the result',
  })
  const page = wordsOf(await owner.get(ADDRESS))
  expect(page).toContain(`reseller ${reseller.id}, customer ${customer.id}, BALANCE`)
  expect(page).toContain('Last run without problems')
  expect(page).not.toContain('None yet')
})

async function waiting() {
  const { rows } = await purser.services.database.pool.query(
    `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%from resellers%'`,
  )
  return rows.length
}

test('a guard that is missing is said on the page', async () => {
  const owner = await purser.as(purser.northwind.staff.owner)
  expect(wordsOf(await owner.get(ADDRESS))).not.toContain('A protection is missing')
  const { pool } = purser.owner
  await pool.query('alter table entries drop constraint entries_sum, add constraint entries_sum check (true)')
  try {
    const page = wordsOf(await owner.get(ADDRESS))
    expect(page).toContain('A protection is missing')
    expect(page).toContain('missing Constraints reject entries')
  } finally {
    await pool.query(
      'alter table entries drop constraint entries_sum, add constraint entries_sum check (after = before + amount)',
    )
  }
  expect(wordsOf(await owner.get(ADDRESS))).not.toContain('A protection is missing')
})
