import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { charge, refill, reverse, setCredits } from '../support/postings.ts'
import { makeCustomer } from '../support/cast.ts'
import { asVersion1, booked, eventsAbout, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import {
  type Answer,
  type Visitor,
  errorAt,
  flashOf,
  refusalOf,
  tokenOf,
  valueOf,
  wordsOf,
} from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>

const manual = { reason: 'courtesy', comment: 'test', note: '' } as const
const why = { reason: 'billing_error', comment: 'booked for somebody else', note: 'Our mistake, sorry' }
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)
const addressOf = (customer: Customer, postingId: string) => `/customers/${customer.id}/postings/${postingId}`
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

async function refillOf(customer: Customer, amount: bigint) {
  const facts = { ...manual, idempotencyKey: newKey(), reference: '', confirmDuplicate: false, amount }
  return booked(await refill(purser.northwind.system, customer, facts)).postingId
}
async function chargeOf(customer: Customer, amount: bigint) {
  const facts = { idempotencyKey: newKey(), description: 'Storage', reference: 'use-1', amount }
  return booked(await charge(purser.northwind.system, customer, facts)).postingId
}
async function reverseOf(customer: Customer, postingId: string) {
  const facts = { ...manual, idempotencyKey: newKey(), postingId }
  return booked(await reverse(purser.northwind.system, customer, facts)).postingId
}
const reversedBy = async (postingId: string) =>
  (await purser.services.database.prisma.posting.findFirst({ where: { reversesId: postingId } }))?.id

/** Leaves a customer's credits as an installation has them that comes from before grants: one grant, and no movements. */
async function asBeforeGrants({ id, resellerId }: Customer) {
  const owner = new pg.Client(purser.database.ownerUrl)
  await owner.connect()
  const guarded = ['credit_grants', 'grant_movements']
  try {
    for (const table of guarded) await owner.query(`alter table ${table} disable trigger user`)
    await owner.query(
      'delete from grant_movements m using credit_grants g where g.id = m.grant_id and g.customer_id = $1',
      [id],
    )
    await owner.query('delete from credit_grants where customer_id = $1', [id])
    await owner.query(
      `insert into credit_grants (reseller_id, id, customer_id, category, amount, remaining)
       select reseller_id, gen_random_uuid(), id, 'promotional', credits, credits from customers where reseller_id = $1 and id = $2`,
      [resellerId, id],
    )
  } finally {
    for (const table of guarded) await owner.query(`alter table ${table} enable trigger user`)
    await asVersion1(owner, { id, resellerId })
    await owner.end()
  }
}

const send = async (customer: Customer, postingId: string, fields: Record<string, string> = why) =>
  finance.submit(await finance.get(`${addressOf(customer, postingId)}/reversal`), fields)

/** The figures of the form, account after account: each name with its amount. */
const figuresOf = (page: Answer) =>
  page.html
    .querySelectorAll('.before-after')
    .map((list) =>
      Object.fromEntries(
        list
          .querySelectorAll('div')
          .map((part) => [
            part.querySelector('dt')?.textContent.trim(),
            plain(part.querySelector('dd')?.textContent.trim() ?? ''),
          ]),
      ),
    )

describe('reverse', () => {
  test('undoes a refill by another posting, and each leads to the other', async () => {
    const customer = await makeCustomer(purser.northwind)
    const postingId = await refillOf(customer, 1500n)
    const form = await finance.get(`${addressOf(customer, postingId)}/reversal`)
    expect(figuresOf(form)).toEqual([
      { 'Balance now': '15.00 USD', Change: '-15.00', Available: '15.00 USD', 'New amount': '0.00 USD' },
    ])
    const answer = await finance.submit(form, why)
    expect([answer.status, answer.location]).toEqual([303, addressOf(customer, postingId)])
    const page = await finance.follow(answer)
    expect(flashOf(page)).toBe(`Reversed for ${customer.email}: Refill. Now: balance 0.00 USD.`)
    const reversal = (await reversedBy(postingId)) ?? ''
    expect(page.html.querySelectorAll(`main a[href="${addressOf(customer, reversal)}"]`).length).toBe(2)
    expect(page.text).not.toContain(`${postingId}/reversal"`)

    const other = await finance.get(addressOf(customer, reversal))
    expect(other.html.querySelector(`main a[href="${addressOf(customer, postingId)}"]`)).not.toBeNull()
    for (const part of ['Reversal (Refill) · Billing error', why.comment, why.note])
      expect(wordsOf(other)).toContain(part)
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('of a charge gives back both parts, as the form says before', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n, credits: 300n })
    const postingId = await chargeOf(customer, 500n)
    const form = await finance.get(`${addressOf(customer, postingId)}/reversal`)
    expect(figuresOf(form)).toEqual([
      { 'Credits now': '0.00 USD', Change: '+3.00', 'New amount': '3.00 USD' },
      { 'Balance now': '8.00 USD', Change: '+2.00', 'New amount': '10.00 USD' },
    ])
    expect((await finance.submit(form, { reason: 'billing_error' })).status).toBe(303)
    expect(await prove(customer)).toMatchObject({ balance: 1000n, credits: 300n })
  })

  test('says what expires again at once', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n })
    const past = { ...purser.northwind.system, at: new Date('2026-05-01T10:00:00Z') }
    const facts = { ...manual, idempotencyKey: newKey(), seen: 0n, credits: 100n }
    await setCredits(past, customer, { ...facts, grantExpiresAt: new Date('2026-06-01T00:00:00Z') })
    const spent = { idempotencyKey: newKey(), description: 'Storage', reference: '', amount: 80n }
    const { postingId } = booked(await charge(past, customer, spent))
    const form = await finance.get(`${addressOf(customer, postingId)}/reversal`)
    // Of the grant 0.20 were left, which expire before, and 0.80 come back, which expire after.
    expect(figuresOf(form)).toEqual([
      { 'Credits now': '0.00 USD', Change: '+0.80', 'New amount': '0.00 USD' },
    ])
    expect(plain(wordsOf(form))).toContain('0.80 USD goes back to expired grants')
    expect((await finance.submit(form, why)).status).toBe(303)
    expect(await prove(customer)).toMatchObject({ credits: 0n })
  })

  test('of a lowering from before there were grants gives the credits back as a grant', async () => {
    const customer = await makeCustomer(purser.northwind)
    const { system } = purser.northwind
    const to = (credits: bigint, seen: bigint) =>
      setCredits(system, customer, { ...manual, idempotencyKey: newKey(), seen, credits })
    await to(100n, 0n)
    const { postingId } = booked(await to(40n, 100n))
    await asBeforeGrants(customer)
    const form = await finance.get(`${addressOf(customer, postingId)}/reversal`)
    expect((await finance.submit(form, why)).status).toBe(303)
    const { prisma } = purser.owner
    const grants = await prisma.creditGrant.findMany({ where: { customerId: customer.id } })
    expect(grants.map(({ amount, remaining }) => [amount, remaining]).toSorted()).toEqual([
      [40n, 40n],
      [60n, 60n],
    ])
    await chargeOf(customer, 95n)
    expect((await verifyLedger(purser.services.database, {})).fault).toBeNull()
  })

  test('the audit log says what was reversed', async () => {
    const customer = await makeCustomer(purser.northwind)
    const postingId = await refillOf(customer, 1500n)
    await send(customer, postingId)
    expect((await eventsAbout(purser.northwind, customer)).at(-1)).toMatchObject({
      event: 'posting.reversed',
      actorName: 'finance@northwind.example',
      details: { reverses: postingId, reversed: 'refill', reason: 'billing_error', amount: '-1500' },
    })
    const auditor = await purser.as(purser.northwind.staff.auditor)
    expect(plain(wordsOf(await auditor.get(`/audit?customer=${customer.id}`)))).toContain(
      'reversed a posting (Refill): -15.00 USD',
    )
  })
})

describe('who may', () => {
  test('nobody finds a posting under another customer', async () => {
    const customer = await makeCustomer(purser.northwind)
    const other = await makeCustomer(purser.northwind)
    const postingId = await refillOf(customer, 700n)
    const stranger = await purser.as(purser.eastgate.staff.owner)
    const under = addressOf(await makeCustomer(purser.eastgate), postingId)
    expect((await stranger.get(under)).status).toBe(404)
    expect((await finance.get(addressOf(other, postingId))).status).toBe(404)
    const fields = { ...why, csrf: await tokenOf(finance), idempotencyKey: newKey() }
    expect((await finance.post(`${addressOf(other, postingId)}/reversal`, fields)).status).toBe(404)
    for (const id of ['x', postingId.toUpperCase(), '00000000-0000-0000-0000-000000000000'])
      expect((await finance.get(addressOf(customer, id))).status).toBe(404)
    expect((await prove(customer)).balance).toBe(700n)
  })
})

describe('what cannot be reversed', () => {
  const refused = async (customer: Customer, postingId: string, status: number, sentence: string) => {
    const page = await finance.get(`${addressOf(customer, postingId)}/reversal`)
    expect(page.status).toBe(status)
    expect(refusalOf(page)).toContain(sentence)
    expect(page.html.querySelector('form[action$="/reversal"]')).toBeNull()
    const csrf = await tokenOf(finance)
    const fields = { ...why, csrf, idempotencyKey: newKey() }
    const sent = await finance.post(`${addressOf(customer, postingId)}/reversal`, fields)
    expect(sent.status).toBe(status)
    expect(refusalOf(sent)).toContain(sentence)
    const shown = await finance.get(addressOf(customer, postingId))
    expect(shown.text).not.toContain(`${postingId}/reversal"`)
    const list = await finance.get(`/customers/${customer.id}`)
    expect(list.text).not.toContain(`${postingId}/reversal"`)
    return page
  }

  test('a reversal, in words', async () => {
    const customer = await makeCustomer(purser.northwind)
    const postingId = await refillOf(customer, 700n)
    const reversal = await reverseOf(customer, postingId)
    await refused(customer, reversal, 422, 'Postings of the kind Reversal cannot be reversed.')
    await refused(
      customer,
      postingId,
      409,
      'This posting was already reversed. A posting can be reversed only once. Last change: The system, ',
    )
    expect((await prove(customer)).balance).toBe(0n)
  })

  test('an expiry, in words', async () => {
    const customer = await makeCustomer(purser.northwind)
    const past = { ...purser.northwind.system, at: new Date('2026-05-01T10:00:00Z') }
    const facts = { ...manual, idempotencyKey: newKey(), seen: 0n, credits: 100n }
    await setCredits(past, customer, { ...facts, grantExpiresAt: new Date('2026-06-01T00:00:00Z') })
    const ids = Array.from({ length: 3 }, () => crypto.randomUUID())
    await purser.services.database.pool.query('select expire_credits($1, $2, $3)', [
      customer.resellerId,
      customer.id,
      ids,
    ])
    await refused(customer, ids[0] as string, 422, 'Postings of the kind Expiry cannot be reversed.')
  })

  test('a grant of which a part has expired: that part would be taken from others', async () => {
    const customer = await makeCustomer(purser.northwind)
    const past = { ...purser.northwind.system, at: new Date('2026-05-01T10:00:00Z') }
    const first = { ...manual, idempotencyKey: newKey(), seen: 0n, credits: 100n }
    const { postingId } = booked(
      await setCredits(past, customer, { ...first, grantExpiresAt: new Date('2026-06-01T00:00:00Z') }),
    )
    const second = {
      ...manual,
      idempotencyKey: newKey(),
      seen: 100n,
      credits: 300n,
      category: 'paid',
    } as const
    const lasting = booked(await setCredits(past, customer, second)).postingId
    /** The pages that offer a way to reverse this posting. */
    const offering = async (id: string) => {
      const at = `/customers/${customer.id}`
      const pages = [at, `${at}/billing`, `${at}/ledger`, '/ledger', addressOf(customer, id)]
      const found = await Promise.all(pages.map((page) => finance.get(page)))
      return pages.filter((_, place) =>
        found[place]?.html.querySelector(`a[href="${addressOf(customer, id)}/reversal"]`),
      )
    }
    // Whether its time is over or it has expired: no page offers what the ledger refuses.
    expect(await offering(postingId)).toEqual([])
    expect(await offering(lasting)).toHaveLength(5)
    // Over, but not expired yet: the attempt itself expires it. Afterwards it has.
    for (const credits of [200n, 200n]) {
      await refused(customer, postingId, 422, 'Some credits from this posting have expired')
      expect(await prove(customer)).toMatchObject({ credits })
      expect(await offering(postingId)).toEqual([])
    }
  })

  test('a refill that has been spent: says so before and after, and keeps what was typed', async () => {
    const customer = await makeCustomer(purser.northwind)
    const postingId = await refillOf(customer, 700n)
    await chargeOf(customer, 1n)
    const form = await finance.get(`${addressOf(customer, postingId)}/reversal`)
    expect(wordsOf(form)).toContain('Part of this amount has been spent')
    const answer = await finance.submit(form, why)
    expect(answer.status).toBe(422)
    expect(plain(refusalOf(answer))).toContain('Only 6.99 USD of the balance is available')
    expect([valueOf(answer, 'reason'), valueOf(answer, 'comment'), valueOf(answer, 'note')]).toEqual([
      why.reason,
      why.comment,
      why.note,
    ])
    expect(valueOf(answer, 'idempotencyKey')).toBe(valueOf(form, 'idempotencyKey'))
    expect((await prove(customer)).balance).toBe(699n)
  })

  test.each([
    [
      'no comment where it takes money',
      { ...why, comment: ' ' },
      'comment',
      'Give the reason in the internal comment',
    ],
    ['no reason', { ...why, reason: '' }, 'reason', 'Choose one of the options.'],
    [
      'a payment as its reason',
      { ...why, reason: 'payment_received' },
      'reason',
      'Choose one of the options.',
    ],
    ['a note of two lines', { ...why, note: 'a\nb' }, 'note', 'Enter this on one line.'],
  ])('%s is a sentence at the field', async (_what, fields, field, sentence) => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await send(customer, await refillOf(customer, 700n), fields)
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toContain(sentence)
    expect((await prove(customer)).balance).toBe(700n)
  })

  test('what gives back needs a comment for the reason "other" only', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 500n })
    const postingId = await chargeOf(customer, 100n)
    const answer = await send(customer, postingId, { reason: 'other', comment: '' })
    expect(errorAt(answer, 'comment')).toBe('Enter the reason in the internal comment.')
    expect((await send(customer, postingId, { reason: 'refund', comment: '' })).status).toBe(303)
    expect((await prove(customer)).balance).toBe(500n)
  })
})

test('above the threshold it waits for a second person, and says so', async () => {
  const customer = await makeCustomer(purser.eastgate, { balance: 9000n })
  const facts = { ...manual, idempotencyKey: newKey(), reference: '', confirmDuplicate: false }
  const { postingId } = booked(await refill(purser.eastgate.system, customer, { ...facts, amount: 500n }))
  const { prisma } = purser.owner
  const role = { resellerId_id: { resellerId: purser.eastgate.reseller.id, id: 'finance' } }
  const clerk = await purser.as(purser.eastgate.staff.finance)
  await prisma.role.update({ where: role, data: { approvalAbove: 500n } })
  const atOnce = await clerk.get(`${addressOf(customer, postingId)}/reversal`)
  const buttonOf = ({ html }: Answer) => html.querySelector('.sheet [type="submit"]')?.textContent.trim()
  expect([buttonOf(atOnce), wordsOf(atOnce).includes('need approval')]).toEqual(['Reverse', false])
  await prisma.role.update({ where: role, data: { approvalAbove: 499n } })
  const form = await clerk.get(`${addressOf(customer, postingId)}/reversal`)
  expect(buttonOf(form)).toBe('Send for approval')
  for (const words of ['need approval', 'After approval']) expect(wordsOf(form)).toContain(words)
  const answer = await clerk.submit(form, why)
  expect(answer.status).toBe(303)
  expect(flashOf(await clerk.follow(answer))).toContain('Sent for approval.')
  expect((await proveLedger(purser.services.database.pool, customer)).balance).toBe(9500n)
  expect(await prisma.waitingPosting.count({ where: { customerId: customer.id, kind: 'reversal' } })).toBe(1)
})

describe('the page of a posting', () => {
  test('says all that is known of it', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 300n })
    const page = await finance.get(`/customers/${customer.id}/balance`)
    const fields = {
      amount: '150',
      reason: 'payment_received',
      channel: 'bank_transfer',
      reference: 'INV-77',
      comment: 'seen on the account',
      note: 'Thank you',
    }
    await finance.submit(page, fields, { action: '/refills' })
    const posting = await purser.services.database.prisma.posting.findFirstOrThrow({
      where: { customerId: customer.id, kind: 'refill' },
    })
    const words = wordsOf(await finance.get(addressOf(customer, posting.id)))
    for (const part of [
      'Refill · Payment received',
      'Balance 1 0.00 +150.00 150.00',
      'Bank transfer',
      'INV-77',
      'seen on the account',
      'Thank you',
      'Finance Person',
      posting.key,
      posting.requestId ?? 'no request',
      posting.id,
    ])
      expect(words).toContain(part)
  })

  test('says which grants a charge used, and who approved', async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 1000n, credits: 300n })
    const postingId = await chargeOf(customer, 500n)
    const { prisma } = purser.owner
    const { grantId } = await prisma.grantMovement.findFirstOrThrow({ where: { postingId } })
    const { staff, reseller } = purser.northwind
    await prisma.waitingPosting.create({
      data: {
        resellerId: reseller.id,
        id: crypto.randomUUID(),
        customerId: customer.id,
        kind: 'charge',
        key: newKey(),
        fingerprint: 'x',
        amount: 500n,
        facts: {},
        makerId: staff.finance.id,
        makerName: staff.finance.email,
        expiresAt: new Date(),
        state: 'approved',
        deciderId: staff.owner.id,
        deciderName: staff.owner.email,
        decidedAt: new Date(),
        comment: 'agreed by phone',
        postingId,
      },
    })
    const page = await finance.get(addressOf(customer, postingId))
    expect(page.html.querySelector(`a[href="/customers/${customer.id}/grants/${grantId}"]`)).not.toBeNull()
    const words = wordsOf(page)
    for (const part of [
      'Credits 2 3.00 -3.00 0.00',
      'Balance 2 10.00 -2.00 8.00',
      'Promotional Never -3.00',
      'Approved by Rosa Owen',
      'agreed by phone',
    ])
      expect(words).toContain(part)
  })
})
