import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { by } from '../support/caller.ts'
import { SetAlertThreshold } from '../../src/ledger/alerts/threshold.ts'
import { newKey } from '../../src/ledger/facts.ts'
import type { Posted } from '../../src/ledger/answer.ts'
import { ApprovePosting } from '../../src/ledger/approvals/approve.ts'
import { findWaiting } from '../../src/ledger/approvals/waiting.ts'
import { charge, deduct, refill, reverse } from '../support/postings.ts'
import { writeLetter } from '../../src/mails/letter.ts'
import { makeCustomer } from '../support/cast.ts'
import { atOnce, byHand } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { mailLowBalances } from '../support/rounds.ts'
import { customerRow, eventRows, mailRows } from '../support/rows.ts'
import { type Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())
beforeEach(() => forAll({ lowBalanceThreshold: 5_000n, lowBalanceToCustomer: true, lowBalanceToStaff: true }))

const prisma = () => purser.owner.prisma
type Alerts = {
  lowBalanceThreshold?: bigint | null
  lowBalanceToCustomer?: boolean
  lowBalanceToStaff?: boolean
}
const forAll = (data: Alerts) =>
  prisma().reseller.update({ where: { id: purser.northwind.reseller.id }, data })
type Customer = Awaited<ReturnType<typeof makeCustomer>>

const take = (customer: Customer, amount: bigint) => deduct(purser.northwind.system, customer, byHand(amount))
const give = (customer: Customer, amount: bigint) => refill(purser.northwind.system, customer, byHand(amount))
function undo(customer: Customer, posted: Posted) {
  if (posted.waits) throw new Error('It waits, so there is nothing to undo.')
  return reverse(purser.northwind.system, customer, { ...byHand(), postingId: posted.postingId })
}
const tell = () => mailLowBalances(purser.services)
/** The customer's own mails about a low balance, after the job has been there. */
async function toldTo(customer: Customer) {
  await tell()
  const mails = await mailRows(purser.northwind, customer)
  return mails
    .filter(({ template }) => template === 'low-balance')
    .map(({ values }) => (values as { balance: string }).balance)
}
const staffMailsAbout = (customer: Customer) =>
  prisma().mail.findMany({
    where: { template: 'customer-low-balance', values: { path: ['customerId'], equals: customer.id } },
    orderBy: { toEmail: 'asc' },
  })

describe('a balance that falls below the threshold', () => {
  test('is told once to the customer and to the staff who may post money', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    await take(customer, 1_000n)
    expect(await toldTo(customer)).toEqual([])
    await take(customer, 1n)
    expect(await toldTo(customer)).toEqual(['4999'])
    expect((await staffMailsAbout(customer)).map(({ toEmail }) => toEmail)).toEqual([
      'admin@northwind.example',
      'finance@northwind.example',
      'owner@northwind.example',
    ])
    const [own] = (await mailRows(purser.northwind, customer)).filter(
      ({ template }) => template === 'low-balance',
    )
    const letter = await writeLetter(purser.services, own as NonNullable<typeof own>)
    expect(letter.text.replaceAll('\u00a0', ' ')).toContain(
      'Your balance at Northwind Cloud is 49.99 USD, which is below 50.00 USD.',
    )
    expect(letter.address).toMatch(/\/console\/northwind\/login$/)
    const [staff] = await staffMailsAbout(customer)
    const toStaff = await writeLetter(purser.services, staff as NonNullable<typeof staff>)
    expect(toStaff.subject).toBe(`Low balance: ${customer.email}`)
    expect(toStaff.address).toMatch(new RegExp(`/customers/${customer.id}$`))
  })

  test('again without a refill between is one mail; refilled above and crossed again is a second one', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    await take(customer, 2_000n)
    await take(customer, 1_000n)
    expect(await toldTo(customer)).toEqual(['4000'])
    // Not above it yet, so not armed again.
    await give(customer, 1_000n)
    await take(customer, 500n)
    expect(await toldTo(customer)).toEqual(['4000'])
    await give(customer, 1_500n)
    await take(customer, 1n)
    expect(await toldTo(customer)).toEqual(['4000', '4999'])
  })

  test('by a charge too, and not by what credits pay', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n, credits: 3_000n })
    const parts = () => ({ idempotencyKey: newKey(), description: 'usage', reference: '' })
    await charge(purser.northwind.system, customer, { ...parts(), amount: 3_000n })
    expect(await toldTo(customer)).toEqual([])
    await charge(purser.northwind.system, customer, { ...parts(), amount: 1_500n })
    expect(await toldTo(customer)).toEqual(['4500'])
  })

  test('by a reversal too, which also arms it again', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 4_000n })
    const refilled = await give(customer, 2_000n)
    const undone = await undo(customer, refilled)
    expect(await toldTo(customer)).toEqual(['4000'])
    expect(undone.waits).toBe(false)
    const taken = await take(customer, 1_000n)
    await give(customer, 1_500n)
    await undo(customer, taken)
    await take(customer, 1_000n)
    expect(await toldTo(customer)).toEqual(['4000', '4500'])
  })

  test('by a posting that waited, when it is approved and not before', async () => {
    const { staff, reseller, system } = purser.northwind
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    const staffActor = (role: 'finance' | 'admin') =>
      ({ ...system, kind: 'staff', id: staff[role].id, name: staff[role].email, roleId: role }) as const
    await prisma().role.update({
      where: { resellerId_id: { resellerId: reseller.id, id: 'finance' } },
      data: { approvalAbove: 500n },
    })
    const entered = await deduct(staffActor('finance'), customer, byHand(2_000n))
    if (!entered.waits) throw new Error('It was booked instead.')
    expect(await toldTo(customer)).toEqual([])
    const approver = staffActor('admin')
    await ApprovePosting.run(by(approver), await findWaiting(approver, entered.waitingId), { comment: '' })
    expect(await toldTo(customer)).toEqual(['4000'])
    await prisma().role.update({
      where: { resellerId_id: { resellerId: reseller.id, id: 'finance' } },
      data: { approvalAbove: null },
    })
  })

  test('counts by the threshold at that moment: lowered it is crossed anew, raised above the balance it waits for a refill', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    await take(customer, 2_000n)
    await forAll({ lowBalanceThreshold: 3_000n })
    await take(customer, 1_500n)
    expect(await toldTo(customer)).toEqual(['4000', '2500'])
    await forAll({ lowBalanceThreshold: 10_000n })
    await take(customer, 500n)
    expect(await toldTo(customer)).toEqual(['4000', '2500'])
    await give(customer, 9_000n)
    await take(customer, 1_500n)
    expect(await toldTo(customer)).toEqual(['4000', '2500', '9500'])
  })

  test('nowhere a threshold, no mail', async () => {
    await forAll({ lowBalanceThreshold: null })
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    await take(customer, 6_000n)
    expect(await toldTo(customer)).toEqual([])
    expect(await prisma().lowBalanceAlert.count({ where: { customerId: customer.id } })).toBe(0)
  })

  test('a customer’s own threshold counts instead, zero as well', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    await prisma().customer.updateMany({ where: { id: customer.id }, data: { overdraft: 1_000n } })
    await SetAlertThreshold.run(by(purser.northwind.system), customer, { threshold: 0n, seen: null })
    await take(customer, 6_000n)
    expect(await toldTo(customer)).toEqual([])
    await take(customer, 1n)
    expect(await toldTo(customer)).toEqual(['-1'])
  })

  test('who is told is what the settings say; a customer who is OFF gets none', async () => {
    const [off, quiet, silent] = await atOnce(3, () => makeCustomer(purser.northwind, { balance: 6_000n }))
    if (!off || !quiet || !silent) throw new Error('Three were made.')
    await prisma().customer.updateMany({ where: { id: off.id }, data: { state: 'OFF', stateReason: 'test' } })
    await take(off, 2_000n)
    expect(await toldTo(off)).toEqual([])
    expect(await staffMailsAbout(off)).toHaveLength(3)
    await forAll({ lowBalanceToStaff: false })
    await take(quiet, 2_000n)
    expect(await toldTo(quiet)).toEqual(['4000'])
    expect(await staffMailsAbout(quiet)).toEqual([])
    await forAll({ lowBalanceToStaff: false, lowBalanceToCustomer: false })
    await take(silent, 2_000n)
    expect(await toldTo(silent)).toEqual([])
    expect(await staffMailsAbout(silent)).toEqual([])
  })
})

describe('the job', () => {
  test('tells each once, however many do it at the same time', async () => {
    const customers = await atOnce(8, () => makeCustomer(purser.northwind, { balance: 6_000n }))
    for (const customer of customers) await take(customer, 2_000n)
    await atOnce(4, tell)
    for (const customer of customers) {
      expect(await toldTo(customer)).toEqual(['4000'])
      expect(await staffMailsAbout(customer)).toHaveLength(3)
    }
  })

  test('broken off after the first of a crossing’s mails: none of them was written, and the next time all are', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    await take(customer, 2_000n)
    let added = 0
    const { queue } = purser.services
    const add: typeof queue.add = async (...job) => {
      added += 1
      if (added === 2) throw new Error('the plug was pulled')
      await queue.add(...job)
    }
    await mailLowBalances({ ...purser.services, queue: { ...queue, add } })
    expect(await mailRows(purser.northwind, customer)).toEqual([])
    expect(await staffMailsAbout(customer)).toEqual([])
    expect(await toldTo(customer)).toEqual(['4000'])
    expect(await staffMailsAbout(customer)).toHaveLength(3)
  })

  test('told to stop it does no more, and the next one does the rest', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 6_000n })
    await take(customer, 2_000n)
    const stop = new AbortController()
    stop.abort()
    await mailLowBalances(purser.services, stop.signal)
    expect(await mailRows(purser.northwind, customer)).toEqual([])
    expect(await toldTo(customer)).toEqual(['4000'])
  })
})

describe('setting a customer’s own threshold', () => {
  const page = (customer: Customer) => finance.get(`/customers/${customer.id}/alerts`)

  test('is shown on the details; empty leaves it to the settings; noted', async () => {
    const customer = await makeCustomer(purser.northwind)
    const blank = await page(customer)
    expect(wordsOf(blank).replaceAll('\u00a0', ' ')).toContain(
      'Leave empty to use the default for all customers, 50.00 USD.',
    )
    const form = await finance.submit(blank, { threshold: '20' }, { action: '/alerts' })
    const details = await finance.follow(form)
    expect(flashOf(details)).toContain('Saved')
    expect(wordsOf(details).replaceAll('\u00a0', ' ')).toContain('Alert below 20.00 USD')
    await finance.submit(await page(customer), { threshold: '' }, { action: '/alerts' })
    expect((await customerRow(purser.northwind, customer)).lowBalanceThreshold).toBeNull()
    expect(
      (await eventRows(purser.northwind, customer, 'alerts.set')).map(({ details: one }) => one),
    ).toEqual([
      { before: '', after: '2000' },
      { before: '2000', after: '' },
    ])
  })

  test('changed in another window meanwhile: 409', async () => {
    const customer = await makeCustomer(purser.northwind)
    const form = await page(customer)
    await finance.submit(form, { threshold: '20' }, { action: '/alerts' })
    const conflict = await finance.submit(form, { threshold: '30' }, { action: '/alerts' })
    expect(conflict.status).toBe(409)
    expect(refusalOf(conflict)).toContain('Changed in another window')
    expect(wordsOf(conflict)).toContain('Current value: 20.00')
    expect(valueOf(conflict, 'threshold')).toBe('30')
    expect((await finance.submit(conflict, {}, { action: '/alerts' })).status).toBe(303)
    expect(await eventRows(purser.northwind, customer, 'alerts.set')).toHaveLength(2)
  })

  test('what is no amount says so', async () => {
    const customer = await makeCustomer(purser.northwind)
    const wrong = await finance.submit(await page(customer), { threshold: '-5' }, { action: '/alerts' })
    expect(wrong.status).toBe(422)
    expect(errorAt(wrong, 'threshold')).toContain('Enter an amount such as')
  })
})

describe('the settings', () => {
  const settings = () => owner.get('/settings')
  const row = () => prisma().reseller.findUniqueOrThrow({ where: { id: purser.northwind.reseller.id } })

  test('have the threshold for all, and who is told', async () => {
    const fields = { lowBalanceThreshold: '12.50', lowBalanceToCustomer: '', lowBalanceToStaff: 'on' }
    const answer = await owner.submit(await settings(), fields, { action: '/settings' })
    expect(answer.status).toBe(303)
    expect(await row()).toMatchObject({
      lowBalanceThreshold: 1_250n,
      lowBalanceToCustomer: false,
      lowBalanceToStaff: true,
    })
    const none = await owner.submit(await settings(), { lowBalanceThreshold: '' }, { action: '/settings' })
    expect(none.status).toBe(303)
    expect((await row()).lowBalanceThreshold).toBeNull()
    const changed = await prisma().auditRow.findMany({
      where: { event: 'reseller.changed' },
      orderBy: { at: 'asc' },
    })
    expect(changed.at(-1)?.details).toEqual({
      changed: ['lowBalanceThreshold'],
      before: ['12.50'],
      after: [''],
    })
  })

  test('that leave the threshold out leave all of it alone; a wrong one says so at its field', async () => {
    const page = await settings()
    const fields = Object.fromEntries(
      ['csrf', 'version', 'name', 'timeZone', 'locale', 'sendsMail'].map((name) => [
        name,
        valueOf(page, name) ?? '',
      ]),
    )
    expect((await owner.post('/settings', { ...fields, name: 'Northwind Two' })).status).toBe(303)
    expect(await row()).toMatchObject({ lowBalanceThreshold: 5_000n, lowBalanceToCustomer: true })
    const wrong = await owner.submit(
      await settings(),
      { lowBalanceThreshold: '1.234' },
      { action: '/settings' },
    )
    expect(wrong.status).toBe(422)
    expect(errorAt(wrong, 'lowBalanceThreshold')).toContain('at most 2 decimals')
    expect(valueOf(wrong, 'lowBalanceThreshold')).toBe('1.234')
  })

  test('read the threshold in the currency that they set, and change no currency under sums', async () => {
    const { eastgate } = purser
    const browser = await purser.as(eastgate.staff.owner)
    const customer = await makeCustomer(eastgate)
    await prisma().customer.updateMany({ where: { id: customer.id }, data: { overdraft: 5n } })
    const send = async (fields: Record<string, string>) =>
      browser.submit(await browser.get('/settings'), fields, { action: '/settings' })
    const refused = await send({ currency: 'USD' })
    expect(refused.status).toBe(422)
    expect(errorAt(refused, 'currency')).toContain('There are still amounts in JPY')
    await prisma().customer.updateMany({ where: { id: customer.id }, data: { overdraft: 0n } })
    expect((await send({ currency: 'USD', lowBalanceThreshold: '7.50' })).status).toBe(303)
    const { currency, currencyScale, lowBalanceThreshold } = await prisma().reseller.findUniqueOrThrow({
      where: { id: eastgate.reseller.id },
    })
    expect([currency, currencyScale, lowBalanceThreshold]).toEqual(['USD', 2, 750n])
  })
})
