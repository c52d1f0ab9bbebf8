import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { charge, setCredits } from '../support/postings.ts'
import { makeCustomer } from '../support/cast.ts'
import { eventsAbout, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let admin: Visitor
beforeAll(async () => {
  purser = await startPurser()
  admin = await purser.as(purser.northwind.staff.admin)
})
afterAll(() => purser.stop())

const prove = (customer: { id: string; resellerId: string }) =>
  proveLedger(purser.services.database.pool, customer)

/** Somebody else sets them meanwhile. */
const setElsewhere = (customer: { id: string }, seen: bigint, credits: bigint) =>
  setCredits(purser.northwind.system, customer, {
    idempotencyKey: `elsewhere-${customer.id}-${credits}`,
    reason: 'contract',
    comment: '',
    note: '',
    seen,
    credits,
  })

describe('set credits', () => {
  test('sets them to what was typed, and stores the difference', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 500n })
    const page = await admin.get(`/customers/${customer.id}/credits`)
    expect([valueOf(page, 'credits'), valueOf(page, 'seen')]).toEqual(['5.00', '5.00'])
    const answer = await admin.submit(page, { credits: '3', reason: 'contract', note: 'new plan' })
    expect([answer.status, answer.location]).toEqual([303, `/customers/${customer.id}`])
    expect(flashOf(await admin.get('/customers'))).toContain('to 3.00')
    const { credits, moves } = await prove(customer)
    expect(credits).toBe(300n)
    expect(moves.at(-1)).toMatchObject({ amount: '-200', before: '500', after: '300', note: 'new plan' })
  })

  test('to nothing', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 500n })
    const page = await admin.get(`/customers/${customer.id}/credits`)
    expect((await admin.submit(page, { credits: '0', reason: 'contract' })).status).toBe(303)
    expect((await prove(customer)).credits).toBe(0n)
  })

  test('moved since they were seen: 409 with the new value, nothing lost, and it can be sent again', async () => {
    const customer = await makeCustomer(purser.northwind)
    const page = await admin.get(`/customers/${customer.id}/credits`)
    await setElsewhere(customer, 0n, 700n)
    const typed = { credits: '9.5', reason: 'courtesy', comment: 'two\nlines', note: 'thank you' }
    const answer = await admin.submit(page, typed)
    expect(answer.status).toBe(409)
    expect(refusalOf(answer)).toContain('Credits have changed to 7.00 USD')
    expect(wordsOf(answer)).toContain('Credits now7.00 USD')
    for (const [field, value] of Object.entries(typed)) expect(valueOf(answer, field)).toBe(value)
    expect(valueOf(answer, 'seen')).toBe('7.00')
    expect((await prove(customer)).credits).toBe(700n)
    expect((await admin.submit(answer)).status).toBe(303)
    expect((await prove(customer)).credits).toBe(950n)
  })

  test('moved since: says who moved them and when, staff by name, whatever moved them', async () => {
    const customer = await makeCustomer(purser.northwind)
    const typed = { credits: '9.5', reason: 'courtesy' }
    const page = await admin.get(`/customers/${customer.id}/credits`)
    const finance = await purser.as(purser.northwind.staff.finance)
    const theirs = await finance.get(`/customers/${customer.id}/credits`)
    await finance.submit(theirs, { credits: '5', reason: 'courtesy' })
    const when = /\d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d/
    const lastChange = (answer: Answer) => refusalOf(answer).replace(/^.* Last change: /, '')
    const refused = await admin.submit(page, typed)
    expect(lastChange(refused)).toMatch(new RegExp(`^Finance Person, ${when.source}$`))
    expect(refused.html.querySelector('.form-errors .person')?.getAttribute('title')).toBe(
      'finance@northwind.example',
    )
    const own = await finance.submit(theirs, { ...typed, idempotencyKey: `own-${customer.id}` })
    expect(lastChange(own)).toMatch(new RegExp(`^you, in another window or browser, ${when.source}$`))
    await charge(purser.northwind.system, customer, {
      ...{ idempotencyKey: `charge-${customer.id}`, amount: 100n, description: 'Storage', reference: '' },
    })
    expect(lastChange(await admin.submit(refused))).toMatch(new RegExp(`^The system, ${when.source}$`))
  })

  test.each([
    ['what they are already', { credits: '0' }, 'credits', 'Credits are already 0.00\u00a0USD.'],
    [
      'below zero',
      { credits: '-1' },
      'credits',
      'Enter an amount such as 1234.50, with a point before the decimals.',
    ],
    ['no amount', { credits: '' }, 'credits', 'This field is required.'],
    ['other without a comment', { reason: 'other' }, 'comment', 'Enter the reason in the internal comment.'],
    ['no reason', { reason: '' }, 'reason', 'Choose one of the options.'],
    [
      'a payment',
      { reason: 'payment_received' },
      'reason',
      'Credits cannot be paid for. Choose another reason, or refill the balance.',
    ],
  ])('%s is a sentence at the field', async (_what, fields, field, sentence) => {
    const customer = await makeCustomer(purser.northwind)
    const page = await admin.get(`/customers/${customer.id}/credits`)
    const answer = await admin.submit(page, { credits: '4', reason: 'courtesy', note: 'kept', ...fields })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toBe(sentence)
    expect(valueOf(answer, 'note')).toBe('kept')
    expect((await prove(customer)).credits).toBe(0n)
  })

  test.each(['', '1,23', '9'.repeat(41)])(
    'a seen value like "%s" is said above the form, which can be sent again',
    async (seen) => {
      const customer = await makeCustomer(purser.northwind, { credits: 200n })
      const page = await admin.get(`/customers/${customer.id}/credits`)
      const answer = await admin.submit(page, { credits: '4', reason: 'courtesy', seen })
      expect(answer.status).toBe(422)
      expect(refusalOf(answer)).toContain('Part of this form was lost')
      expect((await admin.submit(answer)).status).toBe(303)
      expect((await prove(customer)).credits).toBe(400n)
    },
  )

  test('the audit log has it', async () => {
    const customer = await makeCustomer(purser.northwind)
    const page = await admin.get(`/customers/${customer.id}/credits`)
    await admin.submit(page, { credits: '4', reason: 'courtesy' })
    expect((await eventsAbout(purser.northwind, customer)).at(-1)).toMatchObject({
      event: 'credits.set',
      actorName: 'admin@northwind.example',
      details: { amount: '400', before: '0', after: '400', reason: 'courtesy', account: 'CREDITS' },
    })
  })
})
