import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { invited } from '../support/invites.ts'
import { holdCustomer, postingsThatWait, proveLedger } from '../support/ledger.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { type Visitor, errorAt, flashOf, valueOf, wordsOf } from '../support/visit.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const prisma = () => purser.owner.prisma
const current = () => prisma().reseller.findUniqueOrThrow({ where: { id: purser.northwind.reseller.id } })
const save = async (fields: Record<string, string>, page?: Awaited<ReturnType<Visitor['get']>>) =>
  owner.submit(page ?? (await owner.get('/settings')), fields, { action: '/settings' })

describe('settings', () => {
  test('are changed, count at once, and are noted with what was there before', async () => {
    const answer = await save({
      name: 'Northwind & Sons',
      supportEmail: 'Help@Northwind.example',
      address: '1 Main Street\r\nBerlin',
      timeZone: 'Asia/Tokyo',
      locale: 'de-DE',
    })
    expect(answer.status).toBe(303)
    expect(answer.location).toBe('/settings')
    const page = await owner.follow(answer)
    expect(flashOf(page)).toContain('Saved the settings.')
    expect(page.html.querySelector('html')?.getAttribute('lang')).toBe('en')
    expect(await current()).toMatchObject({
      name: 'Northwind & Sons',
      supportEmail: 'help@northwind.example',
      address: '1 Main Street\nBerlin',
      timeZone: 'Asia/Tokyo',
      locale: 'de-DE',
      sendsMail: true,
      version: 2,
    })
    const row = await prisma().auditRow.findFirstOrThrow({ where: { event: 'reseller.changed' } })
    expect(row.actorId).toBe(purser.northwind.staff.owner.id)
    expect(row.details).toEqual({
      changed: ['name', 'address', 'supportEmail', 'timeZone', 'locale'],
      before: ['Northwind Cloud', '', 'owner@northwind.example', 'Europe/Berlin', 'en-GB'],
      after: ['Northwind & Sons', '1 Main Street\nBerlin', 'help@northwind.example', 'Asia/Tokyo', 'de-DE'],
    })
    await save({ locale: 'en-GB' })
  })

  test('an unticked box turns mail off, a ticked one on', async () => {
    const page = await owner.get('/settings')
    const fields = Object.fromEntries(
      ['csrf', 'version', 'name', 'timeZone', 'locale', 'currency'].map((name) => [
        name,
        valueOf(page, name) ?? '',
      ]),
    )
    await owner.post('/settings', fields)
    expect((await current()).sendsMail).toBe(false)
    await save({ sendsMail: 'on' })
    expect((await current()).sendsMail).toBe(true)
  })

  test('saved as they stand, nothing is changed or noted', async () => {
    const before = await current()
    const rows = await prisma().auditRow.count()
    const answer = await save({})
    expect(flashOf(await owner.follow(answer))).toContain('No changes')
    expect(await current()).toEqual(before)
    expect(await prisma().auditRow.count()).toBe(rows)
  })

  test('saved by somebody else meanwhile: 409 with both values, and sending again works', async () => {
    const page = await owner.get('/settings')
    await save({ name: 'Name of another', supportEmail: 'other@northwind.example' })
    const answer = await save({ name: 'My name' }, page)
    expect(answer.status).toBe(409)
    expect(wordsOf(answer)).toContain('Changed in another window')
    expect(valueOf(answer, 'name')).toBe('My name')
    expect(wordsOf(answer)).toContain('Current value: Name of another')
    expect(wordsOf(answer)).toContain('Current value: other@northwind.example')
    expect((await current()).name).toBe('Name of another')
    expect((await save({}, answer)).status).toBe(303)
    expect(await current()).toMatchObject({ name: 'My name' })
  })

  test('of two who save at once one gets through', async () => {
    const page = await owner.get('/settings')
    const answers = await Promise.all([save({ name: 'One' }, page), save({ name: 'Other' }, page)])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
  })

  test('are each reseller’s own', async () => {
    const outsider = await purser.as(purser.eastgate.staff.owner)
    expect(valueOf(await outsider.get('/settings'), 'name')).toBe('Eastgate')
  })

  test.each([
    ['name', '', /This field is required/],
    ['supportEmail', 'nobody', /Enter an e-mail address/],
    ['timeZone', 'Nowhere/Here', /Choose a time zone/],
    ['locale', 'xx-yy-zz', /Choose a language/],
    ['currency', 'ABC', /Choose a currency/],
  ])('a wrong %s is a sentence at the field and keeps the rest', async (field, value, sentence) => {
    const before = await current()
    const answer = await save({ address: 'Typed before', [field]: value })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toMatch(sentence)
    expect(valueOf(answer, 'address')).toBe('Typed before')
    expect(await current()).toEqual(before)
  })

  test('a support address can be taken away', async () => {
    await save({ supportEmail: '' })
    expect((await current()).supportEmail).toBe('')
  })
})

describe('the currency', () => {
  test('stays while an invite could still grant opening credits in it, open or to be renewed', async () => {
    const { eastgate } = purser
    const browser = await purser.as(eastgate.staff.owner)
    const change = async () =>
      browser.submit(await browser.get('/settings'), { currency: 'EUR' }, { action: '/settings' })
    const set = (id: string, data: { expiresAt?: Date; uses?: number; maxUses?: number | null }) =>
      prisma().invite.update({ where: { resellerId_id: { resellerId: eastgate.reseller.id, id } }, data })
    const { row } = await invited(browser, eastgate, { kind: 'reusable', credits: '1000' })
    await set(row.id, { expiresAt: new Date(), maxUses: 2, uses: 1 })
    const refused = await change()
    expect(refused.status).toBe(422)
    expect(errorAt(refused, 'currency')).toMatch(
      /There are still amounts in JPY: .*invites with opening credits/,
    )
    await set(row.id, { maxUses: null, uses: 5 })
    expect((await change()).status).toBe(422)
    // What nobody can join through any more grants nothing.
    await set(row.id, { maxUses: 5 })
    const back = async (answer: Awaited<ReturnType<typeof change>>) => {
      expect(answer.status).toBe(303)
      await browser.submit(await browser.get('/settings'), { currency: 'JPY' }, { action: '/settings' })
    }
    await back(await change())
    await set(row.id, { maxUses: null })
    expect((await change()).status).toBe(422)
    await browser.submit(await browser.get(`/invites/${row.id}/revocation`), {}, { action: '/revocation' })
    await back(await change())
  })

  test('takes no threshold along that was meant in another one', async () => {
    const { eastgate } = purser
    const browser = await purser.as(eastgate.staff.owner)
    const where = { id: eastgate.reseller.id }
    await prisma().reseller.update({ where, data: { lowBalanceThreshold: 5_000n } })
    const page = await browser.get('/settings')
    // The sum is read in the currency that is chosen, so the field names none.
    expect(page.html.querySelector('.input-group')).toBeNull()
    const fields = Object.fromEntries(
      ['csrf', 'version', 'name', 'timeZone', 'locale', 'supportEmail'].map((name) => [
        name,
        valueOf(page, name) ?? '',
      ]),
    )
    const unsaid = await browser.post('/settings', { ...fields, currency: 'USD' })
    expect(unsaid.status).toBe(422)
    expect(errorAt(unsaid, 'lowBalanceThreshold').replaceAll('\u00a0', ' ')).toContain('5,000 JPY')
    expect(await prisma().reseller.findUniqueOrThrow({ where })).toMatchObject({ currency: 'JPY' })
    const said = await browser.post('/settings', { ...fields, currency: 'USD', lowBalanceThreshold: '' })
    expect(said.status).toBe(303)
    expect(await prisma().reseller.findUniqueOrThrow({ where })).toMatchObject({
      currency: 'USD',
      lowBalanceThreshold: null,
    })
    // Where there is no threshold, there is nothing to say.
    fields.version = valueOf(await browser.get('/settings'), 'version') ?? ''
    expect((await browser.post('/settings', { ...fields, currency: 'JPY' })).status).toBe(303)
  })

  test('can be changed before the first posting, and its decimals with it; never afterwards', async () => {
    const eastgate = await purser.as(purser.eastgate.staff.owner)
    const open = await eastgate.get('/settings')
    const answer = await eastgate.submit(open, { currency: 'KWD' }, { action: '/settings' })
    expect(answer.status).toBe(303)
    const where = { id: purser.eastgate.reseller.id }
    expect(await prisma().reseller.findUniqueOrThrow({ where })).toMatchObject({
      currency: 'KWD',
      currencyScale: 3,
    })
    const stale = await eastgate.get('/settings')
    const reseller = await prisma().reseller.findUniqueOrThrow({ where })
    const { system } = purser.eastgate
    await makeCustomer({ ...purser.eastgate, system: { ...system, reseller } }, { balance: 5_000n })

    const fixed = await eastgate.get('/settings')
    expect(fixed.html.querySelector('[name=currency]')).toBeNull()
    expect(wordsOf(fixed)).toContain('Currency: KWD. It cannot be changed')
    const late = await eastgate.submit(stale, { currency: 'JPY' }, { action: '/settings' })
    expect(late.status).toBe(422)
    expect(wordsOf(late)).toContain('The currency cannot be changed because there are postings in KWD.')
    expect(await prisma().reseller.findUniqueOrThrow({ where })).toMatchObject({
      currency: 'KWD',
      currencyScale: 3,
    })
    await expect(
      prisma().reseller.update({ where, data: { currency: 'JPY', currencyScale: 0 } }),
    ).rejects.toThrow()
  })

  test('changed while the first posting is on its way: what was entered in the old one is not booked', async () => {
    const finance = await purser.as(purser.northwind.staff.finance)
    const customer = await makeCustomer(purser.northwind)
    const refill = { amount: '5', reason: 'courtesy' }
    const form = await finance.get(`/customers/${customer.id}/balance`)
    const { release } = await holdCustomer(purser.database.appUrl, customer)
    const sent = finance.submit(form, refill, { action: '/refills' })
    await waitFor(async () => (await postingsThatWait(purser.services.database.pool)) === 1)
    expect((await save({ currency: 'JPY' })).status).toBe(303)
    await release()
    const answer = await sent
    expect(answer.status).toBe(409)
    expect(wordsOf(answer)).toContain('The currency has been changed to JPY. Nothing was posted')
    const changed = answer.html.querySelector('.last-change')
    expect(changed?.querySelector('time')).not.toBeNull()
    expect(changed?.querySelector('.person')?.getAttribute('title')).toBe(purser.northwind.staff.owner.email)
    expect(valueOf(answer, 'amount', '/refills')).toBe('5')
    expect((await proveLedger(purser.services.database.pool, customer)).moves).toEqual([])
    expect((await finance.submit(answer, {}, { action: '/refills' })).status).toBe(303)
    expect((await proveLedger(purser.services.database.pool, customer)).balance).toBe(5n)
  })
})

describe('the test mail', () => {
  beforeEach(() => prisma().mail.deleteMany())

  test('is queued to oneself, noted, and the page says what became of it', async () => {
    const { email, id } = purser.northwind.staff.owner
    const answer = await owner.submit(await owner.get('/settings'), {}, { action: '/test-mail' })
    expect(answer.status).toBe(303)
    expect(answer.location).toBe('/settings')
    const page = await owner.follow(answer)
    expect(flashOf(page)).toContain(`A test e-mail is on its way to ${email}.`)
    expect(wordsOf(page)).toContain('is waiting to be sent')
    const [mail] = await prisma().mail.findMany()
    expect(mail).toMatchObject({
      toEmail: email,
      template: 'test',
      staffId: id,
      customerId: null,
      values: { sentBy: 'Rosa Owen' },
    })
    const row = await prisma().auditRow.findFirstOrThrow({ where: { event: 'reseller.test_mail_sent' } })
    expect(row).toMatchObject({ actorId: id, details: { to: email } })

    await prisma().mail.updateMany({ data: { state: 'failed', attempts: 3, lastError: '550 No such user' } })
    expect(wordsOf(await owner.get('/settings'))).toContain('Mail server response: 550 No such user')
    await prisma().mail.updateMany({ data: { state: 'kept', lastError: null } })
    expect(wordsOf(await owner.get('/settings'))).toContain('no mail server is configured')
  })
})
