import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeLetter } from '../../src/mails/letter.ts'
import { PASSWORD, makeCustomer } from '../support/cast.ts'
import { bytesOf, readPdf } from '../support/pdf.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, mailRows } from '../support/rows.ts'
import { type Visitor, flashOf, valueOf } from '../support/visit.ts'

// An address is kept with its domain in ASCII, and read with the domain's own letters wherever people read it.

const KEPT = /@xn--bcher-kva/
const SHOWN = 'ada@bücher.example'

let purser: RunningPurser
let owner: Visitor
let customer: Awaited<ReturnType<typeof makeCustomer>>
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
  const facts = { email: 'ada@xn--bcher-kva.example', name: 'Ada', balance: 500n, password: PASSWORD }
  customer = await makeCustomer(purser.northwind, facts)
})
afterAll(() => purser.stop())

/** What a file says from its beginning to its end. */
const fileAt = async (path: string) => (await bytesOf(owner, path)).bytes

test('in the portal: lists, details, forms, the log, titles and sentences', async () => {
  const { id } = customer
  const pages = [
    '/customers',
    `/customers/${id}`,
    `/customers/${id}/edit`,
    `/customers/${id}/balance`,
    '/audit',
  ]
  for (const path of [
    ...pages,
    `/customers/${id}/state`,
    `/customers/${id}/billing`,
    '/ledger',
    `/mails?customer=${id}`,
  ]) {
    const { text } = await owner.get(path)
    expect([path, text.includes(SHOWN), KEPT.test(text)]).toEqual([path, true, false])
  }
})

test('in the console, which its owner enters with the address as it is read', async () => {
  const browser = await purser.asCustomer({ email: 'Ada@Bücher.Example' })
  for (const path of ['/console', '/console/profile']) {
    const { text } = await browser.get(path)
    expect([path, text.includes(SHOWN), KEPT.test(text)]).toEqual([path, true, false])
  }
})

test('a form that comes back as it was shown changes nothing', async () => {
  const page = await owner.get(`/customers/${customer.id}/edit`)
  expect(valueOf(page, 'email', `/customers/${customer.id}`)).toBe(SHOWN)
  const answer = await owner.submit(page, {}, { action: `/customers/${customer.id}` })
  expect(flashOf(await owner.follow(answer))).toContain('No changes')
  expect((await customerRow(purser.northwind, customer)).email).toBe('ada@xn--bcher-kva.example')
})

test('in mails, which go to the address as mail servers know it', async () => {
  await owner.submit(
    await owner.get(`/customers/${customer.id}/edit`),
    { email: 'ada@käse.example' },
    { action: `/customers/${customer.id}` },
  )
  const mails = await mailRows(purser.northwind, customer)
  const told = mails.filter(({ template }) => template === 'email-changed')
  expect(told.map(({ toEmail }) => toEmail)).toEqual(['ada@xn--bcher-kva.example'])
  const { text, html } = await writeLetter(purser.services, told[0]!)
  for (const part of [text, html]) {
    expect(part).toContain(SHOWN)
    expect(part).toContain('ada@käse.example')
    expect(part).not.toContain('xn--')
  }
})

test('in a statement as PDF; the columns of a CSV have it as it is kept', async () => {
  const pdf = readPdf(await fileAt(`/customers/${customer.id}/billing/statement.pdf`))
  expect(pdf.flat().join('\n')).toContain('ada@käse.example')
  expect((await fileAt('/customers/export.csv')).toString()).toContain('ada@xn--kse-qla.example')
})
