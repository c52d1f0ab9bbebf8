import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newKey } from '../../src/ledger/facts.ts'
import { endOfDay } from '../../src/words/days.ts'
import { formatsFor } from '../../src/words/format.ts'
import { makeCustomer, PASSWORD } from '../support/cast.ts'
import { booked, proveLedger } from '../support/ledger.ts'
import { charge, setCredits } from '../support/postings.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { errorAt, valueOf, type Visitor, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let finance: Visitor
beforeAll(async () => {
  purser = await startPurser()
  finance = await purser.as(purser.northwind.staff.finance)
})
afterAll(() => purser.stop())

type Customer = Awaited<ReturnType<typeof makeCustomer>>
const prove = (customer: Customer) => proveLedger(purser.services.database.pool, customer)
const DAY_MS = 24 * 60 * 60_000
// One moment for the whole file, so that midnight may pass.
const NOW = Date.now()
const dayIn = (days: number) => formatsFor(purser.northwind.reseller).isoDay(new Date(NOW + days * DAY_MS))
const shownDay = (days: number) => formatsFor(purser.northwind.reseller).date(new Date(NOW + days * DAY_MS))
const grantsOf = (customer: Customer) =>
  purser.services.database.prisma.creditGrant.findMany({
    where: { customerId: customer.id },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
const setTo = async (customer: Customer, fields: Record<string, string>, visitor = finance) =>
  visitor.submit(await visitor.get(`/customers/${customer.id}/credits`), { reason: 'contract', ...fields })
const chargeOf = async (customer: Customer, amount: bigint, description = 'Virtual machine') =>
  booked(
    await charge(purser.northwind.system, customer, {
      idempotencyKey: newKey(),
      amount,
      description,
      reference: '',
    }),
  )

describe('Manage Credits', () => {
  test('raises by a grant that is promotional and lasts, unless something else is said', async () => {
    const customer = await makeCustomer(purser.northwind)
    const page = await finance.get(`/customers/${customer.id}/credits`)
    expect([valueOf(page, 'category'), valueOf(page, 'expiresOn')]).toEqual(['promotional', ''])
    expect(wordsOf(page)).toContain('Used only when credits are added')
    await finance.submit(page, { credits: '5', reason: 'contract' })
    await setTo(customer, { credits: '8', category: 'paid', expiresOn: dayIn(3) })
    expect(await grantsOf(customer)).toMatchObject([
      { amount: 500n, remaining: 500n, category: 'promotional', expiresAt: null },
      // It is good through that day in the reseller's zone.
      {
        amount: 300n,
        remaining: 300n,
        category: 'paid',
        expiresAt: endOfDay(dayIn(3), purser.northwind.reseller),
      },
    ])
    await prove(customer)
  })

  test('a form without the two fields sets credits as it always did', async () => {
    const customer = await makeCustomer(purser.northwind)
    const page = await finance.get(`/customers/${customer.id}/credits`)
    const answer = await finance.post(`/customers/${customer.id}/credits`, {
      csrf: valueOf(page, 'csrf') ?? '',
      idempotencyKey: newKey(),
      seen: '0',
      credits: '5',
      reason: 'contract',
    })
    expect(answer.status).toBe(303)
    expect(await grantsOf(customer)).toMatchObject([{ category: 'promotional', expiresAt: null }])
  })

  test('lowering takes no notice of them', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 500n })
    const answer = await setTo(customer, { credits: '2', category: 'paid', expiresOn: dayIn(-3) })
    expect(answer.status).toBe(303)
    expect(await grantsOf(customer)).toMatchObject([{ amount: 500n, remaining: 200n, expiresAt: null }])
  })

  test.each([
    ['expiresOn', () => dayIn(0), 'Choose a day after today, or leave empty if the credits do not expire.'],
    ['expiresOn', () => dayIn(-1), 'Choose a day after today, or leave empty if the credits do not expire.'],
    ['expiresOn', () => '2026-02-30', 'Enter a date, such as 2026-11-23.'],
    ['expiresOn', () => 'never', 'Enter a date, such as 2026-11-23.'],
    ['category', () => 'stolen', 'Choose one of the options.'],
  ])('%s that cannot be is a sentence at the field', async (field, value, sentence) => {
    const customer = await makeCustomer(purser.northwind)
    const answer = await setTo(customer, { credits: '5', note: 'kept', [field]: value() })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toBe(sentence)
    expect(valueOf(answer, 'note')).toBe('kept')
    expect(await grantsOf(customer)).toEqual([])
  })

  test('credits whose time is over count no more, though no job has been here yet', async () => {
    const customer = await makeCustomer(purser.northwind)
    const past = { ...purser.northwind.system, at: new Date(Date.now() - 5 * DAY_MS) }
    await setCredits(past, customer, {
      idempotencyKey: newKey(),
      reason: 'courtesy',
      comment: '',
      note: '',
      seen: 0n,
      credits: 500n,
      grantExpiresAt: new Date(Date.now() - DAY_MS),
    })
    await expect(chargeOf(customer, 1n)).rejects.toMatchObject({ status: 422 })
    const { credits, moves } = await prove(customer)
    expect(credits).toBe(0n)
    expect(moves.at(-1)).toMatchObject({ kind: 'expiry', amount: '-500' })
    const statement = await finance.get(`/customers/${customer.id}/billing`)
    expect(wordsOf(statement)).toMatch(/Expiry\s+The system/)
  })
})

describe('the pages of grants', () => {
  async function withGrants() {
    const customer = await makeCustomer(purser.northwind, { credits: 1000n, password: PASSWORD })
    await setTo(customer, { credits: '17', category: 'paid', comment: 'as agreed', expiresOn: dayIn(9) })
    await setTo(customer, { credits: '20', expiresOn: dayIn(5), note: 'welcome back' })
    await chargeOf(customer, 400n, 'Storage, October')
    return customer
  }

  test('the details page shows what is left, in the order in which it is spent', async () => {
    const customer = await withGrants()
    const page = await finance.get(`/customers/${customer.id}`)
    const table = page.html.querySelector('[aria-labelledby="grants-heading"] table')
    const rows = table?.querySelectorAll('tbody tr').map((row) => row.textContent.replace(/\s+/g, ' ').trim())
    expect(rows).toHaveLength(2)
    expect(rows?.[0]).toContain(`Paid ${shownDay(9)} 7.00 6.00 1 posting ${shownDay(0)} -1.00`)
    const { id: postingId } = await purser.services.database.prisma.posting.findFirstOrThrow({
      where: { customerId: customer.id, kind: 'charge' },
    })
    expect(
      table?.querySelector(`.col-uses a[href="/customers/${customer.id}/postings/${postingId}"]`),
    ).not.toBeNull()
    expect(rows?.[1]).toContain('Promotional Never 10.00 10.00 Not used yet')
  })

  test('one page has them all, with by whom and why', async () => {
    const customer = await withGrants()
    const words = wordsOf(await finance.get(`/customers/${customer.id}/grants`))
    expect(words).toContain('Available credits: 16.00 USD')
    expect(words).toContain(`Finance Person ${shownDay(5)} 3.00 0.00 1 posting`)
    expect(words).toContain('Visible to customer: welcome back')
    expect(words).toContain('Internal comment: as agreed')
    expect(words).toContain('Credits set · Contract')
  })

  test('what is left stands in the order in which it is spent', async () => {
    const customer = await withGrants()
    const page = await finance.get(`/customers/${customer.id}/grants`)
    const rows = page.html
      .querySelectorAll('[aria-labelledby="open-heading"] tbody tr')
      .map((row) => row.textContent.replace(/\s+/g, ' ').trim())
    expect(rows).toHaveLength(2)
    expect(rows[0]).toContain(`Paid ${shownDay(9)}`)
    expect(rows[1]).toContain('Promotional Never')
    expect(wordsOf(page)).toContain('Spent in this order: soonest to expire first')
  })

  test('what was reversed is struck out, and is no use of the grant', async () => {
    const customer = await makeCustomer(purser.northwind, { credits: 1000n })
    const { postingId } = await chargeOf(customer, 400n)
    const reverse = async (posting: string) => {
      const form = await finance.get(`/customers/${customer.id}/postings/${posting}/reversal`)
      expect((await finance.submit(form, { reason: 'billing_error', comment: 'why' })).status).toBe(303)
    }
    await reverse(postingId)
    const [grant] = await grantsOf(customer)
    const used = await finance.get(`/customers/${customer.id}/grants/${grant?.id}`)
    expect(used.html.querySelectorAll('td.is-reversed').map((cell) => cell.textContent.trim())).toEqual([
      '-4.00',
    ])
    const list = await finance.get(`/customers/${customer.id}/grants`)
    const usesOf = (page: typeof list) =>
      page.html
        .querySelectorAll('[aria-labelledby="grants-heading"] .col-uses')
        .map((cell) => cell.textContent.trim())
    expect(usesOf(list)).toEqual(['Not used yet'])
    // What was granted and reversed is no use either, though it took all of it.
    await setTo(customer, { credits: '12' })
    const raised = (await grantsOf(customer)).at(-1)
    await reverse(raised?.postingId ?? '')
    const after = await finance.get(`/customers/${customer.id}/grants`)
    expect(usesOf(after)).toEqual(['Not used', 'Not used yet'])
    const struck = after.html.querySelectorAll('[aria-labelledby="grants-heading"] .col-amount.is-reversed')
    expect(struck.map((cell) => cell.textContent.trim())).toEqual(['2.00'])
  })

  test('and each grant has one, with what used it', async () => {
    const customer = await withGrants()
    const [, paid] = await grantsOf(customer)
    const page = await finance.get(`/customers/${customer.id}/grants/${paid?.id}`)
    expect(page.status).toBe(200)
    const words = wordsOf(page)
    expect(words).toContain(`Expires ${shownDay(9)}`)
    expect(words).toMatch(/Charge\s?Storage, October\s+The system\s+-1.00/)
    expect(words).toMatch(/Credits set · Contract\s+Finance Person\s+\+7.00/)
  })

  test('more than a page of either goes on', { timeout: 60_000 }, async () => {
    const customer = await makeCustomer(purser.northwind, { balance: 0n, credits: 5_000n })
    for (let count = 0; count < 52; count++) await chargeOf(customer, 1n, `charge ${count}`)
    const [grant] = await grantsOf(customer)
    const address = `/customers/${customer.id}/grants/${grant?.id}`
    const first = await finance.get(address)
    const older = first.html.querySelector('a[rel="next"]')?.getAttribute('href') ?? ''
    expect(older).toMatch(new RegExp(`^${address}\\?after=`))
    const second = await finance.get(older)
    const all = wordsOf(first) + wordsOf(second)
    for (let count = 0; count < 52; count++) expect(all).toContain(`charge ${count} `)
    const back = second.html.querySelector('a[rel="prev"]')?.getAttribute('href') ?? ''
    expect((await finance.get(back)).status).toBe(200)
    // A place that is none begins anew.
    expect((await finance.get(`${address}?after=nonsense`)).status).toBe(200)

    for (let count = 0; count < 51; count++) await setTo(customer, { credits: String(100 + count) })
    const list = await finance.get(`/customers/${customer.id}/grants`)
    expect(list.html.querySelectorAll('[aria-labelledby="grants-heading"] tbody tr')).toHaveLength(50)
    const rest = await finance.get(list.html.querySelector('a[rel="next"]')?.getAttribute('href') ?? '')
    expect(rest.html.querySelectorAll('tbody tr')).toHaveLength(2)
  })

  test('a grant of somebody else is 404', async () => {
    const customer = await withGrants()
    const other = await makeCustomer(purser.northwind, { credits: 100n })
    const [foreign] = await grantsOf(other)
    for (const id of [foreign?.id, uuidv7(), 'nonsense', '%00']) {
      expect([400, 404]).toContain((await finance.get(`/customers/${customer.id}/grants/${id}`)).status)
    }
  })

  test('the customer is told what ends when, and nothing of what lasts', async () => {
    const customer = await withGrants()
    const browser = await purser.asCustomer(customer)
    const words = wordsOf(await browser.get('/console'))
    expect(words).toContain(`6.00 USD Paid · expires ${shownDay(9)}`)
    expect(words).not.toContain('Promotional')
    expect(words).not.toContain('as agreed')
  })
})
