import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, eventRows, linkRows, mailRows } from '../support/rows.ts'
import { type Answer, type Visitor, errorAt, flashOf, refusalOf, valueOf } from '../support/visit.ts'
import { makeLink } from '../../src/people/one-time-link.ts'

let purser: RunningPurser
let owner: Visitor
let admin: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
  admin = await purser.as(purser.northwind.staff.admin)
})
afterAll(() => purser.stop())

const editOf = ({ id }: { id: string }) => `/customers/${id}/edit`
/** What an answer shows as saved meanwhile at a field, or ''. */
const nowAt = (
  answer: { html: { querySelector(s: string): { textContent: string } | null } },
  field: string,
) => answer.html.querySelector(`#field-${field}-now strong`)?.textContent ?? ''

describe('edit the basic information', () => {
  test('saves what was typed, counts the version and says so', async () => {
    const customer = await makeCustomer(purser.northwind)
    const typed = { name: ' Ada King ', phone: '+49 30 1234-567', externalReference: 'K 17' }
    const answer = await owner.submit(await owner.get(editOf(customer)), typed)
    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`/customers/${customer.id}`)
    expect(flashOf(await owner.get('/customers'))).toContain(customer.email)
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      name: 'Ada King',
      phone: '+49 30 1234-567',
      externalReference: 'K 17',
      email: customer.email,
      version: customer.version + 1,
      emailVerifiedAt: customer.emailVerifiedAt,
      team: { type: 'individual' },
    })
  })

  test.each([
    ['name', '', 'This field is required.'],
    ['name', 'x'.repeat(121), 'Use at most 120 characters.'],
    ['email', 'nobody', 'Enter an e-mail address'],
    ['phone', 'call me', 'Enter a phone number'],
    ['externalReference', 'x'.repeat(101), 'Use at most 100 characters.'],
  ])('a wrong %s is a sentence at the field and keeps what was typed', async (field, value, sentence) => {
    const customer = await makeCustomer(purser.northwind)
    const typed = { name: 'Kept', phone: '12345', [field]: value }
    const answer = await owner.submit(await owner.get(editOf(customer)), typed)
    expect(answer.status).toBe(422)
    expect(errorAt(answer, field)).toContain(sentence)
    for (const [name, kept] of Object.entries(typed)) expect(valueOf(answer, name)).toBe(kept)
    expect(await customerRow(purser.northwind, customer)).toMatchObject({ name: customer.name, version: 1 })
  })

  test('somebody else saved meanwhile: both values are shown, nothing is lost, and sending again works', async () => {
    const customer = await makeCustomer(purser.northwind)
    const mine = await owner.get(editOf(customer))
    await admin.submit(await admin.get(editOf(customer)), { name: 'Theirs', phone: '999' })

    const answer = await owner.submit(mine, { name: 'Mine', externalReference: 'R1' })
    expect(answer.status).toBe(409)
    expect(refusalOf(answer)).toContain('Changed by someone else')
    expect(valueOf(answer, 'name')).toBe('Mine')
    expect(nowAt(answer, 'name')).toBe('Theirs')
    expect(valueOf(answer, 'phone')).toBe('')
    expect(nowAt(answer, 'phone')).toBe('999')
    expect(valueOf(answer, 'externalReference')).toBe('R1')
    expect(nowAt(answer, 'externalReference')).toBe('empty')
    expect(nowAt(answer, 'email')).toBe('')
    expect(await customerRow(purser.northwind, customer)).toMatchObject({ name: 'Theirs', phone: '999' })

    const again = await owner.submit(answer, { phone: '999' })
    expect(again.status).toBe(303)
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      name: 'Mine',
      phone: '999',
      externalReference: 'R1',
      version: 3,
    })
  })

  describe('a conflict', () => {
    /** Somebody else has changed the name and the phone since `owner` opened the form, which comes back. */
    async function conflict(typed: Record<string, string>) {
      const customer = await makeCustomer(purser.northwind)
      const mine = await owner.get(editOf(customer))
      const change = async (fields: Record<string, string>) =>
        admin.submit(await admin.get(editOf(customer)), fields)
      await change({ name: 'Between' })
      await change({ name: 'Theirs', phone: '999' })
      const answer = await owner.submit(mine, typed)
      expect(answer.status).toBe(409)
      return { customer, answer, change }
    }
    const chosenAt = ({ html }: Answer, name: string) =>
      html.querySelector(`[name="take.${name}"][checked]`)?.getAttribute('value')

    test('says who and when, and marks the fields that differ, those alone', async () => {
      const { answer } = await conflict({ name: 'Mine', externalReference: 'C1' })
      const person = answer.html.querySelector('.last-change .person')
      expect(person?.textContent).toBe('Admin Person')
      expect(person?.getAttribute('title')).toBe(purser.northwind.staff.admin.email)
      expect(answer.html.querySelector('.last-change time')).not.toBeNull()
      const marks = answer.html.querySelectorAll('[data-difference] legend')
      expect([...marks].map(({ textContent }) => textContent?.trim())).toEqual([
        'All fields that differ',
        'Changed by Admin Person',
        'Changed by Admin Person',
        'Changed only by you',
      ])
      expect([chosenAt(answer, 'name'), chosenAt(answer, 'phone')]).toEqual(['yours', 'theirs'])
    })

    test('begins at the first field that differs', async () => {
      const { answer } = await conflict({ name: 'Theirs' })
      const begun = answer.html.querySelectorAll('[autofocus]')
      expect([...begun].map((field) => field.getAttribute('name'))).toEqual(['phone'])
    })

    test('sent again, what was not touched stays theirs and what was is one’s own', async () => {
      const { customer, answer } = await conflict({ name: 'Mine' })
      expect((await owner.submit(answer)).status).toBe(303)
      expect(await customerRow(purser.northwind, customer)).toMatchObject({ name: 'Mine', phone: '999' })
    })

    test('theirs is taken at one field, or at all, or at none', async () => {
      const one = await conflict({ name: 'Mine', externalReference: 'C2' })
      await owner.submit(one.answer, { 'take.name': 'theirs' })
      expect(await customerRow(purser.northwind, one.customer)).toMatchObject({
        ...{ name: 'Theirs', phone: '999', externalReference: 'C2' },
      })
      const all = await conflict({ name: 'Mine', externalReference: 'C3' })
      expect(flashOf(await owner.follow(await owner.submit(all.answer, { take: 'theirs' })))).toContain(
        'No changes',
      )
      const none = await conflict({ name: 'Mine' })
      await owner.submit(none.answer, { take: 'yours' })
      expect(await customerRow(purser.northwind, none.customer)).toMatchObject({ name: 'Mine', phone: '' })
    })

    test('what is typed after it counts, whatever is chosen', async () => {
      const { customer, answer } = await conflict({ name: 'Mine' })
      await owner.submit(answer, { name: 'Typed after', phone: '111', 'take.name': 'theirs' })
      expect(await customerRow(purser.northwind, customer)).toMatchObject({
        name: 'Typed after',
        phone: '111',
      })
    })

    test('changed once more in between, it is a conflict again', async () => {
      const { customer, answer, change } = await conflict({ name: 'Mine' })
      await change({ phone: '555' })
      const again = await owner.submit(answer)
      expect(again.status).toBe(409)
      expect([nowAt(again, 'phone'), chosenAt(again, 'phone')]).toEqual(['555', 'theirs'])
      expect((await owner.submit(again)).status).toBe(303)
      expect(await customerRow(purser.northwind, customer)).toMatchObject({ name: 'Mine', phone: '555' })
    })
  })

  test('bad input keeps the old version, so that a conflict still shows afterwards', async () => {
    const customer = await makeCustomer(purser.northwind)
    const form = await owner.get(editOf(customer))
    await owner.submit(await owner.get(editOf(customer)), { name: 'Meanwhile' })
    const bad = await owner.submit(form, { name: 'Mine', email: 'nobody' })
    expect(bad.status).toBe(422)
    const mended = await owner.submit(bad, { email: customer.email })
    expect(mended.status).toBe(409)
    expect(nowAt(mended, 'name')).toBe('Meanwhile')
  })

  test('of ten at once that saw the same version one gets through, the others see its name', async () => {
    const customer = await makeCustomer(purser.northwind)
    const form = await owner.get(editOf(customer))
    const names = Array.from({ length: 10 }, (_, place) => `Name ${place}`)
    const answers = await Promise.all(names.map((name) => owner.submit(form, { name })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(409)])
    const { name, version } = await customerRow(purser.northwind, customer)
    expect(version).toBe(2)
    for (const answer of answers.filter(({ status }) => status === 409))
      expect(nowAt(answer, 'name')).toBe(name)
    expect(await eventRows(purser.northwind, customer, 'customer.changed')).toHaveLength(1)
  })

  test('the audit row names what changed, before and after', async () => {
    const customer = await makeCustomer(purser.northwind, { name: 'Ada' })
    await owner.submit(await owner.get(editOf(customer)), { name: 'Ada King', phone: '555' })
    const [row] = await eventRows(purser.northwind, customer, 'customer.changed')
    expect(row?.details).toEqual({
      changed: ['name', 'phone'],
      before: ['Ada', ''],
      after: ['Ada King', '555'],
    })
    expect(row?.actorName).toBe('owner@northwind.example')
  })
})

describe('a changed e-mail address', () => {
  test('must be verified again, makes the team Default, ends the former links and queues a mail', async () => {
    const customer = await makeCustomer(purser.northwind, { teamType: 'enterprise' })
    const { system } = purser.northwind
    const { database } = system
    for (const purpose of ['verify_email', 'set_password'] as const) {
      await database.prisma.$transaction((db) =>
        makeLink(db, {
          resellerId: customer.resellerId,
          purpose,
          delivery: 'mailed',
          person: { customerId: customer.id },
          email: customer.email,
          minutes: 60,
        }),
      )
    }
    const email = `new-${customer.email}`
    await owner.submit(await owner.get(editOf(customer)), { email: email.toUpperCase() })
    expect(await customerRow(purser.northwind, customer)).toMatchObject({
      email,
      emailVerifiedAt: null,
      team: { type: 'default' },
    })
    const links = await linkRows(purser.northwind, customer)
    expect(links.filter((link) => link.email === customer.email).every((link) => link.revokedAt)).toBe(true)
    const open = links.filter((link) => !link.revokedAt)
    // The cast's customers have no password yet, so they also need a way to set one.
    expect(open.map((link) => [link.purpose, link.email]).sort()).toEqual([
      ['set_password', email],
      ['verify_email', email],
    ])
    const mails = await mailRows(purser.northwind, customer)
    expect(mails.map((mail) => [mail.template, mail.toEmail]).sort()).toEqual([
      ['email-changed', customer.email],
      ['set-password', email],
      ['verify-email', email],
    ])
    const [row] = await eventRows(purser.northwind, customer, 'customer.changed')
    expect(row?.details).toEqual({ changed: ['email'], before: [customer.email], after: [email] })
    expect(flashOf(await owner.get('/customers'))).toContain('to verify the address')
  })

  test('who has a password gets no link to set one', async () => {
    const customer = await makeCustomer(purser.northwind)
    await purser.owner.prisma.customer.update({
      where: { resellerId_id: { resellerId: customer.resellerId, id: customer.id } },
      data: { passwordHash: 'set' },
    })
    await owner.submit(await owner.get(editOf(customer)), { email: `pw-${customer.email}` })
    const mails = await mailRows(purser.northwind, customer)
    expect(mails.map(({ template }) => template).sort()).toEqual(['email-changed', 'verify-email'])
  })

  test('that another customer has is refused at the field, with a link to that customer', async () => {
    const customer = await makeCustomer(purser.northwind)
    const other = await makeCustomer(purser.northwind)
    const answer = await owner.submit(await owner.get(editOf(customer)), { email: other.email, name: 'Kept' })
    expect(answer.status).toBe(422)
    expect(errorAt(answer, 'email')).toContain('A customer with this address already exists.')
    expect(answer.html.querySelector('.field-error a')?.getAttribute('href')).toBe(`/customers/${other.id}`)
    expect(valueOf(answer, 'name')).toBe('Kept')
    expect(await customerRow(purser.northwind, customer)).toMatchObject({ email: customer.email, version: 1 })
  })

  test('that a customer of another reseller has is free', async () => {
    const customer = await makeCustomer(purser.northwind)
    const stranger = await makeCustomer(purser.eastgate)
    const answer = await owner.submit(await owner.get(editOf(customer)), { email: stranger.email })
    expect(answer.status).toBe(303)
  })

  test('two customers who take the same new address at once: one gets it', async () => {
    const pair = [await makeCustomer(purser.northwind), await makeCustomer(purser.northwind)]
    const forms = await Promise.all(pair.map((customer) => owner.get(editOf(customer))))
    const answers = await Promise.all(
      forms.map((form) => owner.submit(form, { email: 'race@customer.example' })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422])
  })
})
