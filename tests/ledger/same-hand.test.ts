import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../src/database/id.ts'
import { paths } from '../../src/paths.ts'
import { linkToken } from '../../src/people/one-time-link.ts'
import type { RoleId } from '../../src/people/roles.ts'
import { ApprovalDesk } from '../support/approvals.ts'
import { type Member, makeCustomer, makeMember } from '../support/cast.ts'
import { limitRole, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, tokenOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
let desk: ApprovalDesk
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
  desk = new ApprovalDesk(purser.northwind)
})
afterAll(() => purser.stop())
beforeEach(async () => {
  await setUp(30 * DAY)
  for (const role of ['owner', 'admin', 'finance'] as const) {
    await limitRole(purser.northwind, role, { approvalAbove: 20_000n })
  }
})

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NEW = 'zebra lamp river moon'
const prisma = () => purser.owner.prisma
const ago = (ms: number) => new Date(Date.now() - ms)

/** The reseller was set up so long ago. */
const setUp = (agoMs: number) => prisma().reseller.updateMany({ data: { createdAt: ago(agoMs) } })

/** What was noted of access was so long ago; nothing that anybody could do. */
const shiftAccess = (agoMs: number) =>
  prisma().$transaction([
    prisma().$executeRawUnsafe('alter table access_given disable trigger user'),
    prisma().accessGiven.updateMany({ data: { at: ago(agoMs) } }),
    prisma().$executeRawUnsafe('alter table access_given enable trigger user'),
  ])

let added = 0
/** The Owner adds a colleague whose mailbox is their own, and logs in as them. */
async function secondAccount(role: RoleId): Promise<Member & { browser: Visitor }> {
  const email = `second-${++added}@northwind.example`
  const fields = { email, name: `Second ${added}`, role }
  const answer = await owner.submit(await owner.get('/staff'), fields, { action: '/staff' })
  expect(answer.status).toBe(303)
  const { id } = await prisma().staff.findFirstOrThrow({ where: { email } })
  const link = await prisma().oneTimeLink.findFirstOrThrow({ where: { staffId: id } })
  const browser = purser.visitor()
  const form = await browser.get(paths.setPassword(linkToken(purser.services.keys, link)))
  await browser.submit(form, { password: NEW })
  await browser.submit(await browser.get('/login'), { email, password: NEW })
  return { id, email, browser }
}

const approve = async (browser: Visitor, id: string) =>
  browser.post(`/approvals/${id}/approval`, { csrf: await tokenOf(browser), comment: '' })
const balanceOf = async (customer: Awaited<ReturnType<typeof makeCustomer>>) =>
  (await proveLedger(purser.services.database.pool, customer)).balance

/** The page says why, offers no Approve, and the request of who sends it all the same is refused and noted. */
async function refuses(browser: Visitor, { id: staffId }: Member, waiting: string, sentence: string) {
  for (const page of [await browser.get(`/approvals/${waiting}`), await browser.get('/approvals')]) {
    expect(wordsOf(page)).toContain(sentence)
    expect(page.html.querySelector(`form[action="/approvals/${waiting}/approval"]`)).toBeNull()
    expect(page.html.querySelector(`form[action="/approvals/${waiting}/rejection"]`)).not.toBeNull()
  }
  const answer = await approve(browser, waiting)
  expect(answer.status).toBe(403)
  expect(wordsOf(answer)).toContain(sentence)
  expect((await desk.rowOf(waiting)).state).toBe('waiting')
  const noted = { actorId: staffId, event: 'request.refused' }
  const details = { path: ['path'], equals: `/approvals/${waiting}/approval` }
  expect(await prisma().auditRow.count({ where: { ...noted, details } })).toBe(1)
}

/** How many the menu says wait for this person. */
const badgeOf = async (browser: Visitor) =>
  Number(
    (await browser.get('/tags')).html.querySelector('.nav-room .badge-count [aria-hidden]')?.textContent ?? 0,
  )

test('the menu counts what a person can approve, and not what they cannot because of who brought whom in', async () => {
  const customer = await makeCustomer(purser.northwind)
  const admin = await purser.as(purser.northwind.staff.admin)
  const second = await secondAccount('admin')
  const [forAdmin, forSecond] = [await badgeOf(admin), await badgeOf(second.browser)]
  await desk.enterRefill(owner, customer)
  expect([await badgeOf(admin), await badgeOf(second.browser)]).toEqual([forAdmin + 1, forSecond])
  await desk.enterRefill(admin, customer)
  expect([await badgeOf(admin), await badgeOf(second.browser)]).toEqual([forAdmin + 1, forSecond + 1])
  await shiftAccess(8 * DAY)
  expect(await badgeOf(second.browser)).toBe(forSecond + 2)
})

describe('an Owner with a second account of their own', () => {
  test('does not approve with it what they entered, for seven days; anybody else does', async () => {
    const customer = await makeCustomer(purser.northwind)
    const second = await secondAccount('admin')
    const { id } = await desk.enterRefill(owner, customer)
    const sentence = 'Rosa Owen added you, turned you on or gave you your role within the last seven days'
    await refuses(second.browser, second, id, sentence)
    expect(await balanceOf(customer)).toBe(0n)
    const admin = await purser.as(purser.northwind.staff.admin)
    expect((await approve(admin, id)).status).toBe(303)
    expect(await balanceOf(customer)).toBe(30_000n)

    const { id: late } = await desk.enterRefill(owner, customer)
    await shiftAccess(7 * DAY - HOUR)
    expect((await approve(second.browser, late)).status).toBe(403)
    await shiftAccess(7 * DAY + HOUR)
    const page = await second.browser.get(`/approvals/${late}`)
    expect(wordsOf(page)).toMatch(/Your account\s*On the staff since .* added by Rosa Owen\./)
    expect((await second.browser.submit(page, {}, { action: '/approval' })).status).toBe(303)
    expect(await balanceOf(customer)).toBe(60_000n)
    // Who reads it later is told who the approver is.
    expect(wordsOf(await admin.get(`/approvals/${late}`))).toMatch(
      /On the staff since .* added by Rosa Owen\./,
    )
    expect(wordsOf(await admin.get(`/approvals/${id}`))).toMatch(/On the staff since [^,]*, \d\d:\d\d\./)
  })

  test('does not approve what they entered with it, nor with a third what they entered with the second', async () => {
    const customer = await makeCustomer(purser.northwind)
    const [second, third] = [await secondAccount('finance'), await secondAccount('admin')]
    const { id } = await desk.enterRefill(second.browser, customer)
    const { name } = await prisma().staff.findFirstOrThrow({ where: { id: second.id } })
    await refuses(owner, purser.northwind.staff.owner, id, `You added ${name}, turned them on or gave them`)
    const both = `You and ${name} were added, turned on or given your roles by Rosa Owen`
    await refuses(third.browser, third, id, both)
    const admin = await purser.as(purser.northwind.staff.admin)
    expect((await approve(admin, id)).status).toBe(303)
  })

  test('does not make a colleague’s account theirs with a role, nor by turning it on', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { id } = await desk.enterRefill(owner, customer)
    const sentence = 'Rosa Owen added you, turned you on or gave you your role'
    const support = await makeMember(purser.northwind, 'support')
    await owner.submit(await owner.get('/staff'), { role: 'admin' }, { action: `/staff/${support.id}/role` })
    const raised = await purser.as(support)
    await refuses(raised, support, id, sentence)
    // Giving oneself a role takes the first giver's place in nothing.
    const role = { resellerId: purser.northwind.reseller.id, staffId: support.id, way: 'role' } as const
    await prisma().accessGiven.createMany({
      data: [{ ...role, id: newId(), giverId: support.id, giverName: support.email }],
    })
    expect((await approve(raised, id)).status).toBe(403)

    const former = await makeMember(purser.northwind, 'admin')
    await prisma().staff.updateMany({ where: { id: former.id }, data: { state: 'OFF' } })
    await owner.submit(await owner.get('/staff'), {}, { action: `/staff/${former.id}/reinstatement` })
    await refuses(await purser.as(former), former, id, sentence)
  })

  test('gives nobody access by a role that may neither post nor approve', async () => {
    const auditor = await makeMember(purser.northwind, 'finance')
    await owner.submit(
      await owner.get('/staff'),
      { role: 'auditor' },
      { action: `/staff/${auditor.id}/role` },
    )
    expect(await prisma().accessGiven.count({ where: { staffId: auditor.id } })).toBe(0)
  })
})

describe('same_hand()', () => {
  /** Whom it names between two of these people, when this was given: [to whom, by whom, how long ago]. */
  async function handOf(one: Member, other: Member, given: [Member, Member, number][] = []) {
    const { reseller } = purser.northwind
    await prisma().accessGiven.createMany({
      data: given.map(([to, by, agoMs]) => ({
        ...{ resellerId: reseller.id, id: newId(), staffId: to.id, way: 'role' as const },
        ...{ giverId: by.id, giverName: by.email, at: ago(agoMs) },
      })),
    })
    const { rows } = await purser.services.database.pool.query<{ giver: string }>(
      'select giver from same_hand($1, $2, $3, now())',
      [reseller.id, one.id, other.id],
    )
    return rows.map(({ giver }) => giver)
  }
  const people = (count: number) =>
    Promise.all(Array.from({ length: count }, () => makeMember(purser.northwind, 'admin')))

  test('goes up from giver to giver, both ways, and no further than seven days', async () => {
    const [a, b, c, d] = (await people(4)) as [Member, Member, Member, Member]
    expect(await handOf(a, b, [[b, a, HOUR]])).toEqual([a.id])
    expect(await handOf(b, a)).toEqual([a.id])
    expect(await handOf(a, c, [[c, b, HOUR]])).toEqual([a.id])
    expect(await handOf(b, d, [[d, a, HOUR]])).toEqual([a.id])
    expect(await handOf(c, d)).toEqual([a.id])
    const [e, f] = (await people(2)) as [Member, Member]
    expect(await handOf(a, e, [[e, a, 7 * DAY + HOUR]])).toEqual([])
    expect(await handOf(e, f)).toEqual([])
    // In a circle, too.
    expect(await handOf(a, b, [[a, c, HOUR]])).toHaveLength(1)
  })

  test('knows nothing of what was done within a day of set-up, before it was noted, or in the demo', async () => {
    const [a, b, c] = (await people(3)) as [Member, Member, Member]
    await setUp(2 * DAY)
    expect(await handOf(a, b, [[b, a, DAY + HOUR]])).toEqual([])
    expect(await handOf(a, c, [[c, a, DAY - HOUR]])).toEqual([a.id])
    await setUp(HOUR)
    expect(await handOf(a, c)).toEqual([])
    await setUp(30 * DAY)
    await prisma().installation.updateMany({ data: { isDemo: true } })
    expect(await handOf(a, c)).toEqual([])
    await prisma().installation.updateMany({ data: { isDemo: false } })
    expect(await handOf(a, c)).toEqual([a.id])
    const [d, e] = (await people(2)) as [Member, Member]
    expect(await handOf(d, e)).toEqual([])
  })

  test('another reseller’s people are nobody', async () => {
    const [a, b] = (await people(2)) as [Member, Member]
    await handOf(a, b, [[b, a, HOUR]])
    const { rows } = await purser.services.database.pool.query('select from same_hand($1, $2, $3, now())', [
      purser.eastgate.reseller.id,
      a.id,
      b.id,
    ])
    expect(rows).toEqual([])
  })
})
