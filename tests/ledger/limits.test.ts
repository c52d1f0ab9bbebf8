import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { SetLimits } from '../../src/ledger/set-limits.ts'
import type { Actor } from '../../src/people/actor.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { by } from '../support/caller.ts'
import { makeCustomer } from '../support/cast.ts'
import { invited, join, newcomer } from '../support/invites.ts'
import { atOnce, byHand, holdCustomer, moneyForm, postingsThatWait, proveLedger } from '../support/ledger.ts'
import { charge, deduct, refill, setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { makeWaiting } from '../support/scene.ts'
import { errorAt, flashOf, refusalOf, tokenOf, valueOf, type Visitor, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
let owner: Visitor
let finance: Visitor
let clerk: Actor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
  finance = await purser.as(purser.northwind.staff.finance)
  const { id, email } = purser.northwind.staff.finance
  clerk = { ...purser.northwind.system, kind: 'staff', id, name: email, roleId: 'finance' }
})
afterAll(() => purser.stop())
beforeEach(() => forget())

const prisma = () => purser.owner.prisma
const rolesOf = () =>
  prisma().role.findMany({ where: { resellerId: purser.northwind.reseller.id }, orderBy: { id: 'asc' } })
const forget = () => prisma().role.updateMany({ data: { entryMax: null, dayMax: null, approvalAbove: null } })
const limit = (limits: { entryMax?: bigint; dayMax?: bigint; approvalAbove?: bigint }) =>
  prisma().role.updateMany({
    where: { resellerId: purser.northwind.reseller.id, id: 'finance' },
    data: limits,
  })
const save = async (fields: Record<string, string>, page?: Awaited<ReturnType<Visitor['get']>>) =>
  owner.submit(page ?? (await owner.get('/staff/limits')), fields, { action: '/staff/limits' })
/** Somebody of the same role who has posted nothing yet. */
async function anotherClerk(): Promise<Actor> {
  const { clerk: made } = await makeWaiting(purser.northwind)
  await forget()
  return made
}
const plain = (text: string) => text.replaceAll('\u00a0', ' ')
const reasonOf = (error: unknown) => {
  expect(error).toBeInstanceOf(Refusal)
  const { status, sentence } = error as Refusal
  return [status, sentence.text.slice(0, 40)]
}

describe('limits', () => {
  test('are set by role, shown to the Owner and to those whom they bind, and noted', async () => {
    const answer = await save({ financeEntryMax: '500', financeDayMax: '2,000.00', adminApprovalAbove: '0' })
    expect(answer.status).toBe(303)
    expect(flashOf(await owner.follow(answer))).toBe('Saved the limits.')
    expect(
      (await rolesOf()).flatMap(({ id, entryMax, dayMax, approvalAbove }) =>
        entryMax === null && dayMax === null && approvalAbove === null
          ? []
          : [[id, entryMax, dayMax, approvalAbove]],
      ),
    ).toEqual([
      ['admin', null, null, 0n],
      ['finance', 50_000n, 200_000n, null],
    ])
    const staff = plain(wordsOf(await owner.get('/staff')))
    expect(staff).toContain('At most 500.00 USD per posting. At most 2,000.00 USD within 24 hours.')
    expect(staff).toContain('Every posting needs approval.')

    const customer = await makeCustomer(purser.northwind)
    await refill(clerk, customer, byHand(30_000n))
    for (const form of ['balance', 'credits', 'charges']) {
      const words = plain(wordsOf(await finance.get(`/customers/${customer.id}/${form}`)))
      expect(words).toContain(
        'At most 500.00 USD per posting. At most 2,000.00 USD within 24 hours, with 1,700.00 USD left.',
      )
    }
    expect(wordsOf(await owner.get(`/customers/${customer.id}/balance`))).not.toContain('Your limits')
    const log = plain(wordsOf(await owner.get('/audit?event=limits.set')))
    expect(log).toContain(
      'set the limits of Finance: maximum per posting from none to 500.00 USD and maximum within 24 hours from none to 2,000.00 USD',
    )
    expect(log).toContain('set the limits of Admin: approval required above from none to 0.00 USD')
  })

  test('not sent, they are left alone; empty, they go', async () => {
    await save({ financeEntryMax: '5' })
    const seen = valueOf(await owner.get('/staff/limits'), 'seen') as string
    await owner.post('/staff/limits', { csrf: await tokenOf(owner), seen, financeDayMax: '7' })
    expect((await rolesOf()).find(({ id }) => id === 'finance')).toMatchObject({
      entryMax: 500n,
      dayMax: 700n,
    })
    await save({ financeEntryMax: '', financeDayMax: ' ' })
    expect((await rolesOf()).every(({ entryMax, dayMax }) => entryMax === null && dayMax === null)).toBe(true)
  })

  test('that somebody else set meanwhile: 409, both values at the field, and sent again it is a decision', async () => {
    const page = await owner.get('/staff/limits')
    await save({ financeEntryMax: '8' })
    const conflict = await save({ financeEntryMax: '9' }, page)
    expect(conflict.status).toBe(409)
    expect(refusalOf(conflict)).toContain('Changed in another window')
    expect(wordsOf(conflict)).toContain('Current value: 8.00')
    expect(valueOf(conflict, 'financeEntryMax')).toBe('9')
    expect((await owner.submit(conflict, {}, { action: '/staff/limits' })).status).toBe(303)
    expect((await rolesOf()).find(({ id }) => id === 'finance')?.entryMax).toBe(900n)
  })

  test('many Owners at once: one of them', async () => {
    const { system } = purser.northwind
    const seen = valueOf(await owner.get('/staff/limits'), 'seen') as string
    // All of them have come as far as the rows before the first goes on.
    const holder = await purser.services.database.pool.connect()
    await holder.query('begin')
    await holder.query('select from roles for update')
    const setting = atOnce(8, (at) =>
      SetLimits.run(by(system), [], {
        seen,
        limits: new Map([['finance', { entryMax: BigInt(at + 1) }]]),
      }).then(
        () => 'set',
        (error: unknown) => reasonOf(error)[0],
      ),
    )
    await pause(500)
    await holder.query('commit')
    holder.release()
    const results = await setting
    expect(results.filter((one) => one === 'set')).toHaveLength(1)
    expect(results.filter((one) => one === 409)).toHaveLength(7)
  })

  test.each([
    ['financeEntryMax', '0', 'above zero'],
    ['financeDayMax', '-1', 'such as'],
    ['adminApprovalAbove', '1e3', 'such as'],
    ['ownerEntryMax', '1.005', 'at most 2 decimals'],
  ])('%s of "%s" says what is wrong', async (field, typed, sentence) => {
    const answer = await save({ [field]: typed, supportEntryMax: '5' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toContain(sentence)
    expect(valueOf(answer, field)).toBe(typed)
    expect((await rolesOf()).every(({ entryMax, dayMax }) => entryMax === null && dayMax === null)).toBe(true)
  })

  test('where nobody else could approve, whom that hits is named, and told when a threshold is set', async () => {
    expect(wordsOf(await owner.get('/staff/limits'))).not.toContain('No one else can approve')
    const { northwind } = purser
    await prisma().staff.updateMany({
      where: { resellerId: northwind.reseller.id, id: { not: northwind.staff.owner.id } },
      data: { state: 'OFF' },
    })
    const page = await owner.get('/staff/limits')
    expect(wordsOf(page)).toContain('No one else can approve postings entered by owner@northwind.example')
    const saved = await owner.follow(await save({ ownerApprovalAbove: '100' }, page))
    expect(flashOf(saved)).toContain('No one else can approve postings that owner@northwind.example enters')
    await prisma().staff.updateMany({ where: { resellerId: northwind.reseller.id }, data: { state: 'ON' } })
    // Who may approve and cannot log in yet approves nothing either.
    const others = await prisma().staff.findMany({
      where: { resellerId: northwind.reseller.id, id: { not: northwind.staff.owner.id } },
      select: { id: true, passwordHash: true },
    })
    const setHash = (id: string, passwordHash: string | null) =>
      prisma().staff.updateMany({ where: { id }, data: { passwordHash } })
    for (const { id } of others) await setHash(id, null)
    expect(wordsOf(await owner.get('/staff/limits'))).toContain(
      'No one else can approve postings entered by owner@northwind.example.',
    )
    for (const { id, passwordHash } of others) await setHash(id, passwordHash)
    finance = await purser.as(northwind.staff.finance)
  })
})

describe('one posting', () => {
  test('of more than the role may is refused at its field, in each form', async () => {
    await limit({ entryMax: 50_000n })
    const customer = await makeCustomer(purser.northwind, { balance: 100_000n })
    const send = await moneyForm(finance)
    const words = { reason: 'courtesy', comment: 'x' }
    const tooMuch = await send(customer, 'refills', { ...words, amount: '500.01' })
    expect(tooMuch.status).toBe(422)
    expect(plain(errorAt(tooMuch, 'amount'))).toContain('Your role can post at most 500.00 USD per posting.')
    expect((await send(customer, 'deductions', { ...words, amount: '500.01' })).status).toBe(422)
    const credits = await send(customer, 'credits', { ...words, seen: '0.00', credits: '500.01' })
    expect(errorAt(credits, 'credits')).toContain('500.00')
    expect((await send(customer, 'refills', { ...words, amount: '500' })).status).toBe(303)
    expect((await send(customer, 'credits', { ...words, seen: '0.00', credits: '500' })).status).toBe(303)
    const parts = { idempotencyKey: newKey(), description: 'x', reference: '' }
    await expect(charge(clerk, customer, { ...parts, amount: 50_001n })).rejects.toMatchObject({
      status: 422,
    })
    await charge(clerk, customer, { ...parts, amount: 50_000n })
    // What the system does is nobody's posting.
    await refill(purser.northwind.system, customer, byHand(50_001n))
    await proveLedger(purser.services.database.pool, customer)
  })
})

describe('what is changed while a posting waits for its customer', () => {
  /** A clerk's refill of 5.00 that waits; it goes on once `change` is done. */
  async function refillAfter(change: (by: Actor) => Promise<unknown>) {
    await forget()
    const by = await anotherClerk()
    const customer = await makeCustomer(purser.northwind)
    const { release } = await holdCustomer(purser.database.appUrl, customer)
    const booked = refill(by, customer, byHand(500n)).then(
      () => 'booked',
      (error: unknown) => reasonOf(error),
    )
    await waitFor(async () => (await postingsThatWait(purser.services.database.pool)) === 1)
    await change(by)
    await release()
    const { moves } = await proveLedger(purser.services.database.pool, customer)
    return [await booked, moves.length]
  }

  test('counts: the limit, and whether one may post at all', async () => {
    expect(await refillAfter(() => limit({ entryMax: 400n }))).toEqual([
      [422, 'Your role can post at most {limit} per p'],
      0,
    ])
    expect(await refillAfter(() => limit({ dayMax: 400n }))).toEqual([
      [422, 'Your role can post at most {limit} withi'],
      0,
    ])
    const off = (by: Actor) =>
      prisma().staff.updateMany({ where: { id: by.id ?? '' }, data: { state: 'OFF' } })
    expect(await refillAfter(off)).toEqual([[403, 'You can no longer post. Ask an Owner of '], 0])
  })
})

describe('within 24 hours', () => {
  const HOUR_MS = 60 * 60_000

  test('all of one person’s count, of all kinds and customers, and roll out again', async () => {
    const [by, colleague] = [await anotherClerk(), await anotherClerk()]
    await limit({ dayMax: 1_000n })
    const now = Date.now()
    const at = (hours: number): Actor => ({ ...by, at: new Date(now - hours * HOUR_MS) })
    const [one, other] = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    await refill(at(25), one, byHand(900n))
    await refill(at(23), one, byHand(600n)).catch((error: unknown) =>
      expect(reasonOf(error)).toEqual([422, 'Your role can post at most {limit} withi']),
    )
    await deduct(at(23.5), one, byHand(100n))
    // The 900 of 25 hours ago are out of it, the 100 that were taken count as well.
    const credits = { ...byHand(), seen: 0n, credits: 900n }
    await setCredits({ ...by, at: new Date(now - 0.5 * HOUR_MS) }, other, credits)
    const refused = await refill(by, other, byHand(1n)).catch((error: unknown) => error)
    expect(reasonOf(refused)[0]).toBe(422)
    expect(plain(String((refused as Refusal).sentence.values?.left))).toBe('0.00 USD')
    // A colleague's are a colleague's.
    await refill(colleague, other, byHand(1_000n))
    await refill({ ...by, at: new Date(now + 0.6 * HOUR_MS) }, other, byHand(100n))
    await proveLedger(purser.services.database.pool, one)
    await proveLedger(purser.services.database.pool, other)
  })

  test('many postings of one person at once never come to more', async () => {
    const by = await anotherClerk()
    await limit({ dayMax: 1_000n })
    const customers = await atOnce(4, () => makeCustomer(purser.northwind))
    const results = await atOnce(24, async (at) =>
      refill(by, customers[at % 4] as { id: string }, byHand(90n)).then(
        () => 'booked',
        (error: unknown) => reasonOf(error)[0],
      ),
    )
    expect(results.filter((one) => one === 'booked')).toHaveLength(11)
    expect(results.filter((one) => one === 422)).toHaveLength(13)
    const { rows } = await purser.services.database.pool.query(
      `select sum(abs(amount))::int as sum from entries e join postings p on p.reseller_id = e.reseller_id and p.id = e.posting_id
       where p.limit_staff_id = $1`,
      [by.id],
    )
    expect(rows).toEqual([{ sum: 990 }])
  })
})

describe('opening credits', () => {
  const create = async (fields: Record<string, string>) => {
    const admin = await purser.as(purser.northwind.staff.admin)
    const person = newcomer()
    const form = { email: person.email, name: person.name, ...fields }
    const answer = await admin.submit(await admin.get('/customers/new'), form, { action: '/customers' })
    return { answer, admin, customer: await prisma().customer.findFirst({ where: { email: person.email } }) }
  }
  const limitAdmin = (limits: { entryMax?: bigint; approvalAbove?: bigint }) =>
    prisma().role.updateMany({
      where: { resellerId: purser.northwind.reseller.id, id: 'admin' },
      data: limits,
    })

  test('of New Customer keep to the limits of who makes it', async () => {
    await limitAdmin({ entryMax: 1_000n })
    const { answer, customer } = await create({ credits: '10.01' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'credits')).toContain('10.00')
    expect(customer).toBeNull()
    expect((await create({ credits: '10' })).customer?.credits).toBe(1_000n)
  })

  test('above the threshold wait, and the flash says so', async () => {
    await limitAdmin({ approvalAbove: 1_000n })
    const { answer, admin, customer } = await create({ credits: '10.01' })
    expect(flashOf(await admin.follow(answer))).toContain('opening credits are waiting for approval')
    expect(customer?.credits).toBe(0n)
    const waiting = await prisma().waitingPosting.findFirstOrThrow({
      where: { customerId: customer?.id ?? '' },
    })
    expect(waiting).toMatchObject({
      makerId: purser.northwind.staff.admin.id,
      amount: 1_001n,
      state: 'waiting',
    })
    const list = await finance.get('/approvals')
    await finance.submit(list, {}, { action: `/${waiting.id}/approval` })
    expect((await prisma().customer.findFirstOrThrow({ where: { id: waiting.customerId } })).credits).toBe(
      1_001n,
    )
  })

  test.each([
    ['too much for the invite’s maker are not granted', { entryMax: 400n }, 'refused', 0],
    ['above the maker’s threshold wait', { approvalAbove: 400n }, 'waits', 1],
    ['within the limits are granted', { entryMax: 500n, approvalAbove: 500n }, 'granted', 0],
  ] as const)('%s, and the maker is told', async (_name, limits, outcome, waitingCount) => {
    const admin = await purser.as(purser.northwind.staff.admin)
    const { path } = await invited(admin, purser.northwind, { kind: 'single', credits: '5' })
    await limitAdmin(limits)
    const person = newcomer()
    const answer = await join(purser.visitor(), path, person)
    expect(answer.status).toBe(303)
    const customer = await prisma().customer.findFirstOrThrow({ where: { email: person.email } })
    expect(customer.credits).toBe(outcome === 'granted' ? 500n : 0n)
    const mail = await prisma().mail.findFirstOrThrow({
      where: { template: 'customer-registered', values: { path: ['email'], equals: person.email } },
    })
    expect(mail.values).toMatchObject({ credits: outcome })
    const waiting = await prisma().waitingPosting.findMany({ where: { customerId: customer.id } })
    expect(waiting).toHaveLength(waitingCount)
    for (const { makerId, makerName, id } of waiting) {
      // Whose invite it is, though the system entered it.
      expect(makerName).toBe(purser.northwind.staff.admin.email)
      expect(makerId).toBe(purser.northwind.staff.admin.id)
      // The maker of the invite never approves what the system entered on their account.
      expect((await admin.post(`/approvals/${id}/approval`, { csrf: await tokenOf(admin) })).status).toBe(403)
      const page = await finance.get(`/approvals/${id}`)
      expect(wordsOf(page)).toContain('The system, on behalf of Admin Person')
      await finance.submit(page, {}, { action: '/approval' })
      expect((await prisma().customer.findFirstOrThrow({ where: { id: customer.id } })).credits).toBe(500n)
    }
    await proveLedger(purser.services.database.pool, customer)
  })
})
