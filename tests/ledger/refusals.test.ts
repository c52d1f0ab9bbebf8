import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resultOf } from '../../src/ledger/answer.ts'
import type { Answer as LedgerAnswer } from '../../src/ledger/outcomes.ts'
import { resultOnApproval } from '../../src/ledger/approvals/approve.ts'
import { deduct, refill, setCredits } from '../support/postings.ts'
import { Refusal } from '../../src/words/refusal.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RoleLimits, booked, byHand, limitRole } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
let admin: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
  admin = await purser.as(purser.northwind.staff.admin)
})
afterAll(() => purser.stop())
beforeEach(() => limit({}))

const limit = (limits: RoleLimits) => limitRole(purser.northwind, 'finance', limits)
type Customer = Awaited<ReturnType<typeof makeCustomer>>

const why = { reason: 'courtesy', comment: 'test' }
/** Where each kind is entered by hand, and a posting of 600.00 of it. */
const FORMS = {
  refill: { path: '/balance', action: '/refills', fields: { ...why, amount: '600' } },
  deduction: { path: '/balance', action: '/deductions', fields: { ...why, amount: '600' } },
  credits_set: { path: '/credits', action: '/credits', fields: { ...why, credits: '600' } },
  charge: { path: '/charges', action: '/charges', fields: { description: 'usage', amount: '600' } },
  reversal: { path: '/reversal', action: '/reversal', fields: why },
} as const
type Entered = keyof typeof FORMS
const ENTERED = Object.keys(FORMS) as Entered[]

/** The page on which this kind is entered; of a reversal, that of what was booked last. */
async function pageOf(kind: Entered, customer: Customer): Promise<Answer> {
  const { path } = FORMS[kind]
  if (kind !== 'reversal') return finance.get(`/customers/${customer.id}${path}`)
  const { id } = await purser.services.database.prisma.posting.findFirstOrThrow({
    where: { customerId: customer.id },
    orderBy: { postedAt: 'desc' },
  })
  return finance.get(`/customers/${customer.id}/postings/${id}${path}`)
}
const enter = async (kind: Entered, customer: Customer) =>
  finance.submit(await pageOf(kind, customer), FORMS[kind].fields, { action: FORMS[kind].action })

/** What the page says is wrong, above the form or at a field. */
const saidOn = (answer: Answer) =>
  answer.html
    .querySelectorAll('.form-errors, .field-error')
    .map(({ textContent }) => textContent)
    .join(' ')
    .replace(/\s+/g, ' ')

/** Far above any business: what an account may hold at most, in minor units. */
const ACCOUNT_MAX = 100_000_000_000_000_000n

describe('the reason stands on the page', () => {
  test.each(ENTERED)('of a %s above what the role may at once, or within 24 hours', async (kind) => {
    const customer = await makeCustomer(purser.northwind, { balance: 60_000n })
    await limit({ entryMax: 50_000n })
    expect(wordsOf(await pageOf(kind, customer))).toContain('Your limits: At most 500.00')
    const atOnce = await enter(kind, customer)
    expect([atOnce.status, saidOn(atOnce)]).toEqual([
      422,
      expect.stringContaining('at most 500.00 USD per posting'),
    ])
    await limit({ dayMax: 50_000n })
    const inADay = await enter(kind, customer)
    expect([inADay.status, saidOn(inADay)]).toEqual([
      422,
      expect.stringContaining('at most 500.00 USD within 24 hours'),
    ])
  })

  test('of a refill that is too large, of a reversal, and of an approval', async () => {
    const { system } = purser.northwind
    const customer = await makeCustomer(purser.northwind, { balance: ACCOUNT_MAX - 60_000n })
    await limit({ approvalAbove: 0n })
    expect((await enter('refill', customer)).status).toBe(303)
    await limit({})
    const { postingId } = booked(await deduct(system, customer, byHand(60_000n)))
    const list = await admin.get(`/approvals?customer=${customer.id}`)
    await refill(system, customer, byHand(120_000n))
    const tooLarge = [422, expect.stringContaining('too large to post')]
    const refilled = await enter('refill', customer)
    expect([refilled.status, saidOn(refilled)]).toEqual(tooLarge)
    const page = await finance.get(`/customers/${customer.id}/postings/${postingId}/reversal`)
    const reversed = await finance.submit(page, why)
    expect([reversed.status, saidOn(reversed)]).toEqual(tooLarge)

    const approved = await admin.submit(list, { comment: 'yes' }, { action: '/approval' })
    expect([approved.status, saidOn(approved)]).toEqual(tooLarge)
    // It stays there, without the form until it fits: once something was taken.
    expect(approved.html.querySelector('form[action$="/approval"]')).toBeNull()
    await deduct(system, customer, byHand(60_000n))
    const again = await admin.get(`/approvals?customer=${customer.id}`)
    expect((await admin.submit(again, {}, { action: '/approval' })).status).toBe(303)
  })

  test('of an approval that would set the credits to what they are', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 100n })
    await limit({ approvalAbove: 0n })
    expect((await enter('credits_set', customer)).status).toBe(303)
    const list = await admin.get(`/approvals?customer=${customer.id}`)
    await setCredits(purser.northwind.system, customer, { ...byHand(), seen: 100n, credits: 60_000n })
    const answer = await admin.submit(list, {}, { action: '/approval' })
    expect([answer.status, saidOn(answer)]).toEqual([409, expect.stringContaining('changed to')])
  })

  test('whatever the ledger answers, of each kind and of its approval', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 60_000n })
    await limit({ approvalAbove: 0n })
    await enter('refill', customer)
    const approval = fieldsOf(await admin.get(`/approvals?customer=${customer.id}`), '/approval')
    const actor = purser.northwind.system
    for (const kind of ENTERED) {
      const form = fieldsOf(await pageOf(kind, customer), FORMS[kind].action)
      const row = { kind, fingerprint: 'mine' }
      for (const { answer, of } of Object.values(ANSWERS) as Told[]) {
        if (of && !of.includes(kind)) continue
        const { outcome } = answer
        const entered = refusalBy(() => resultOf(answer, { actor, kind, fingerprint: 'mine' }))
        if (entered.field) expect(form, `${kind}: ${outcome}`).toContain(entered.field)
        const decided = refusalBy(() => resultOnApproval(answer, { actor, row, maker: 'Somebody Else' }))
        if (decided.field) expect(approval, `approval of ${kind}: ${outcome}`).toContain(decided.field)
      }
    }
  })
})

/** The names of a form's fields that people see: an error can stand at one of them. */
const fieldsOf = (page: Answer, action: string) =>
  page.html
    .querySelectorAll(`form[action$="${action}"] :is(input, select, textarea):not([type="hidden"])`)
    .map((control) => control.getAttribute('name'))

function refusalBy(work: () => unknown): Refusal {
  try {
    work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('It was not refused.')
}

interface Told {
  answer: LedgerAnswer
  /** The only kinds of which this can be the answer; any where missing. */
  of?: readonly Entered[]
}
const sum = '100'
const ANSWERS = {
  same_key: {
    answer: {
      outcome: 'same_key',
      posting: { id: 'id', email: 'customer@example.com', fingerprint: 'another', entries: [] },
    },
  },
  waits: {
    answer: { outcome: 'waits', fresh: false, waiting: 'id', state: 'rejected', fingerprint: 'another' },
  },
  decided: { answer: { outcome: 'decided', state: 'expired' } },
  missing: { answer: { outcome: 'missing' } },
  own: { answer: { outcome: 'own' } },
  same_hand: { answer: { outcome: 'same_hand', giver: 'third', name: 'Rosa Owen' } },
  may_not_approve: { answer: { outcome: 'may_not_approve' } },
  may_not_post: { answer: { outcome: 'may_not_post' } },
  granted_expired: { answer: { outcome: 'granted_expired' }, of: ['reversal'] },
  currency_changed: { answer: { outcome: 'currency_changed', currency: 'JPY' } },
  grant_over: { answer: { outcome: 'grant_over' }, of: ['credits_set'] },
  same_receipt: {
    answer: {
      outcome: 'same_receipt',
      duplicate: 'id',
      reference: 'INV-1',
      customer: 'ID',
      email: 'a@customer.example',
    },
    // A deduction comes back with the fields of a receipt where something is wrong with them.
    of: ['refill'],
  },
  newer: { answer: { outcome: 'newer' } },
  proof_needed: { answer: { outcome: 'proof_needed' } },
  moved: { answer: { outcome: 'moved', now: sum }, of: ['credits_set'] },
  same: { answer: { outcome: 'same', now: sum }, of: ['credits_set'] },
  too_large: { answer: { outcome: 'too_large', now: sum } },
  short: { answer: { outcome: 'short', account: 'BALANCE', available: sum, now: sum } },
  irreversible: { answer: { outcome: 'irreversible', kind: 'expiry' }, of: ['reversal'] },
  reversed: { answer: { outcome: 'reversed', by: 'id' }, of: ['reversal'] },
  above_entry_limit: { answer: { outcome: 'above_entry_limit', limit: sum } },
  above_day_limit: { answer: { outcome: 'above_day_limit', limit: sum, left: sum } },
} as const satisfies Record<Exclude<LedgerAnswer['outcome'], 'posted'>, Told>
