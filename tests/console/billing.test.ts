import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deduct, refill } from '../support/postings.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows } from '../support/rows.ts'
import { type Answer, type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const SECRET = 'A remark among colleagues'
const money = { reference: '', confirmDuplicate: false, comment: SECRET } as const

/** A customer with 100.00 refilled and 30.00 deducted of it. */
async function moved() {
  const customer = await makeCustomer(purser.northwind, { password: PASSWORD })
  const { system } = purser.northwind
  await refill(system, customer, {
    ...money,
    idempotencyKey: uuidv7(),
    amount: 10_000n,
    reason: 'courtesy',
    note: 'Welcome!',
  })
  await deduct(system, customer, {
    ...money,
    idempotencyKey: uuidv7(),
    amount: 3_000n,
    reason: 'contract',
    note: '',
  })
  return { customer, browser: await purser.asCustomer(customer) }
}

describe('the statement', () => {
  test('shows both movements with before and after and the note, never the comment or who posted', async () => {
    const { browser } = await moved()
    const page = await browser.get('/console/billing')
    const rows = page.html
      .querySelectorAll('tbody tr')
      .map((row) => row.textContent.replace(/\s+/g, ' ').trim())
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/Deduction · Contract Balance 100\.00 -30\.00 70\.00$/)
    expect(rows[1]).toMatch(/Refill · Courtesy Welcome! Balance 0\.00 \+100\.00 100\.00$/)
    expect(page.text).not.toContain(SECRET)
    expect(page.html.querySelectorAll('td').map((cell) => cell.textContent.trim())).not.toContain('test')
  })

  test('keeps to a period, whose days are in the reseller’s zone; a wrong one gets a sentence', async () => {
    const { browser } = await moved()
    const dayIn = (days: number) =>
      new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(
        Date.now() + days * 24 * 60 * 60_000,
      )
    expect(
      (await browser.get(`/console/billing?from=${dayIn(-1)}&to=${dayIn(1)}`)).html.querySelectorAll(
        'tbody tr',
      ),
    ).toHaveLength(2)
    expect(wordsOf(await browser.get('/console/billing?to=2020-01-01'))).toContain(
      'No entries in this period',
    )
    const lost = await browser.get('/console/billing?before=%00')
    expect(lost.status).toBe(422)
    expect(wordsOf(lost)).toContain('Not valid in this address, and ignored: before.')
    expect(lost.html.querySelectorAll('tbody tr')).toHaveLength(2)
    const wrong = await browser.get('/console/billing?from=2020-02-31')
    expect(wrong.status).toBe(422)
    expect(errorAt(wrong, 'from')).not.toBe('')
    const file = await browser.get('/console/billing/statement.csv?from=2020-02-31')
    expect(file.status).toBe(422)
  })

  test('is a file with the columns of the contract, of the same period', async () => {
    const { customer, browser } = await moved()
    const file = await browser.get('/console/billing/statement.csv')
    expect(file.status).toBe(200)
    expect(file.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
    expect(file.headers.get('Content-Disposition')).toMatch(/^attachment; filename=statement-.+\.csv$/)
    const [head, ...lines] = file.text.trim().split('\n')
    expect(head).toBe('posted_at,account,seq,kind,amount,before,after,reason,note,reference,id')
    expect(lines.map((line) => line.split(',').slice(1, 9).join())).toEqual([
      'BALANCE,2,deduction,-30.00,100.00,70.00,contract,',
      'BALANCE,1,refill,100.00,0.00,100.00,courtesy,Welcome!',
    ])
    expect(file.text).not.toContain(SECRET)
    const none = await browser.get('/console/billing/statement.csv?to=2020-01-01')
    expect(none.text.trim()).toBe(head)
    // What is one's own is looked at without an event.
    expect(await eventRows(purser.northwind, customer, 'statement.exported')).toEqual([])
  })

  test('is nobody else’s: another customer sees their own', async () => {
    const { browser } = await moved()
    const other = await purser.asCustomer(await makeCustomer(purser.northwind, { password: PASSWORD }))
    expect(wordsOf(await other.get('/console/billing'))).toContain('No entries yet')
    expect((await browser.get('/console/billing')).html.querySelectorAll('tbody tr')).toHaveLength(2)
  })
})

const FACTS = {
  kind: 'individual',
  legalName: 'Ada Lovelace',
  addressLine1: '1 Main Street',
  city: 'Berlin',
  postalCode: '10115',
  country: 'DE',
  billingEmail: 'bills@customer.example',
}

describe('the billing profile', () => {
  async function registering() {
    const customer = await makeCustomer(purser.northwind, { password: PASSWORD, teamType: 'default' })
    await purser.owner.prisma.customer.updateMany({
      where: { id: customer.id },
      data: { emailVerifiedAt: new Date() },
    })
    return { customer, browser: await purser.asCustomer(customer) }
  }
  const save = (browser: Visitor, page: Answer, fields: Record<string, string> = FACTS) =>
    browser.submit(page, fields, { action: '/billing-profile' })

  test('filled in, completes the registration: the team gets its type', async () => {
    const { customer, browser } = await registering()
    const page = await browser.get('/console/billing-profile')
    expect(valueOf(page, 'billingEmail')).toBe(customer.email)
    const answer = await save(browser, page)
    expect([answer.status, answer.location]).toEqual([303, '/console/billing'])
    const after = await browser.follow(answer)
    expect(flashOf(after)).toBe('Billing profile saved.')
    expect(wordsOf(after)).toContain('10115 Berlin')
    const { team } = await customerRow(purser.northwind, customer)
    expect(team).toMatchObject({ type: 'individual', billingProfile: { legalName: 'Ada Lovelace' } })
    expect(await eventRows(purser.northwind, customer, 'billing_profile.changed')).toMatchObject([
      { actorKind: 'customer', actorId: customer.id, details: { kind: 'individual' } },
    ])
    expect(wordsOf(await browser.get('/console'))).not.toContain('Complete your registration')
  })

  test('bad input keeps what was typed', async () => {
    const { browser } = await registering()
    const page = await browser.get('/console/billing-profile')
    const answer = await save(browser, page, { ...FACTS, kind: 'enterprise', postalCode: '', city: 'Köln' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'companyName')).toBe('This field is required.')
    expect(errorAt(answer, 'postalCode')).toMatch(/Enter a postal code/)
    expect(valueOf(answer, 'city')).toBe('Köln')
  })

  test('saved by staff meanwhile: both are shown, and sending again decides', async () => {
    const { customer, browser } = await registering()
    const page = await browser.get('/console/billing-profile')
    const owner = await purser.as(purser.northwind.staff.owner)
    const theirs = await owner.get(`/customers/${customer.id}/billing/profile`)
    await owner.submit(theirs, { ...FACTS, city: 'Potsdam' })
    const conflict = await save(browser, page)
    expect(conflict.status).toBe(409)
    expect(wordsOf(conflict)).toContain('Potsdam')
    expect((await save(browser, conflict, {})).status).toBe(303)
    expect((await customerRow(purser.northwind, customer)).team.billingProfile?.city).toBe('Berlin')
  })

  test('is the team owner’s to change: another of the team sees it and is refused', async () => {
    const { customer, browser } = await registering()
    await save(browser, await browser.get('/console/billing-profile'))
    const other = await makeCustomer(purser.northwind, { password: PASSWORD, teamType: 'default' })
    await purser.owner.prisma.customer.updateMany({
      where: { id: other.id },
      data: { teamId: customer.teamId },
    })
    const colleague = await purser.asCustomer(other)
    expect(wordsOf(await colleague.get('/console/billing'))).toContain('10115 Berlin')
    const page = await colleague.get('/console/billing-profile')
    expect(page.html.querySelector('main fieldset[disabled]')).not.toBeNull()
    expect(wordsOf(page)).toContain('The owner of your team manages its billing profile.')
    const answer = await save(colleague, page, { ...FACTS, city: 'Elsewhere' })
    expect(answer.status).toBe(403)
    expect((await customerRow(purser.northwind, customer)).team.billingProfile?.city).toBe('Berlin')
  })
})
