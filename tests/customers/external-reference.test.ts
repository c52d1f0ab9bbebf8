import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { customerRow, shareReference } from '../support/rows.ts'
import { type Visitor, errorAt, valueOf, wordsOf } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

type Known = Awaited<ReturnType<typeof makeCustomer>>
const make = (externalReference = '') => makeCustomer(purser.northwind, { externalReference })
const edit = async ({ id }: Known, fields: Record<string, string>) =>
  owner.submit(await owner.get(`/customers/${id}/edit`), fields)
const referenceOf = async (customer: Known) =>
  (await customerRow(purser.northwind, customer)).externalReference

describe('an external reference belongs to one customer', () => {
  test.each(['CRM-1', 'crm-1', '  CRM-1 ', 'CRM\u200b-1', 'CRM\u2064-1', 'ＣＲＭ-1'])(
    '%j is taken, by whom a link says',
    async (typed) => {
      const [first] = await purser.services.database.prisma.customer.findMany({
        where: { externalReference: 'CRM-1' },
      })
      const holder = first ?? (await make('CRM-1'))
      const other = await make()
      const answer = await edit(other, { externalReference: typed, name: 'Kept as typed' })
      expect(answer.status).toBe(422)
      expect(errorAt(answer, 'externalReference')).toContain(
        'Another customer already has this external reference',
      )
      expect(answer.html.querySelector('.field-error a')?.getAttribute('href')).toBe(
        `/customers/${holder.id}`,
      )
      expect(valueOf(answer, 'name')).toBe('Kept as typed')
      expect(await referenceOf(other)).toBe('')
    },
  )

  test('none is nobody’s, one’s own can be written otherwise, and another reseller has its own', async () => {
    const [one, other] = [await make('Own-7'), await make()]
    expect((await edit(one, { externalReference: 'OWN-7' })).status).toBe(303)
    expect((await edit(other, { externalReference: '' })).status).toBe(303)
    expect((await edit(one, { externalReference: '' })).status).toBe(303)
    expect((await edit(other, { externalReference: 'own-7' })).status).toBe(303)
    await makeCustomer(purser.eastgate, { externalReference: 'own-7' })
  })

  test('of ten who ask for one at once, one gets it, and the others are told who has it', async () => {
    const customers = await Promise.all(Array.from({ length: 10 }, () => make()))
    const answers = await Promise.all(
      customers.map((customer, place) =>
        edit(customer, { externalReference: place % 2 ? 'RACE-9' : 'race-9' }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(422)])
    const held = await Promise.all(customers.map(referenceOf))
    const holder = customers[held.findIndex(Boolean)]
    for (const answer of answers.filter(({ status }) => status === 422)) {
      expect(answer.html.querySelector('.field-error a')?.getAttribute('href')).toBe(
        `/customers/${holder?.id}`,
      )
    }
  })

  test('the database refuses it to whoever asks it directly, and the application sets no place', async () => {
    const [one, other] = [await make('DIRECT'), await make()]
    const client = new pg.Client(purser.database.appUrl)
    await client.connect()
    const set = (column: string, value: string) =>
      client.query(`update customers set ${column} = $3 where reseller_id = $1 and id = $2`, [
        other.resellerId,
        other.id,
        value,
      ])
    await expect(set('external_reference', 'direct')).rejects.toMatchObject({ code: '23505' })
    await expect(set('external_reference_place', '1')).rejects.toMatchObject({ code: '42501' })
    await expect(set('external_reference_key', 'x')).rejects.toMatchObject({ code: '42501' })
    await client.end()
    expect(await referenceOf(one)).toBe('DIRECT')
  })
})

describe('those who shared one before', () => {
  test('keep it, name each other, and cannot save it again', async () => {
    const [first, second] = [await make(), await make()]
    await shareReference(purser, [first, second], 'SHARED-1')
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      for (const page of ['', '/edit']) {
        const shown = await owner.get(`/customers/${one.id}${page}`)
        expect(wordsOf(shown)).toContain(`Also used by ${other.email}`)
        const links = shown.html.querySelectorAll('.also-used-by a').map((link) => link.getAttribute('href'))
        expect(links).toEqual([`/customers/${other.id}`])
      }
      const answer = await edit(one, { name: 'Only the name' })
      expect(answer.status).toBe(422)
      expect(errorAt(answer, 'externalReference')).toContain(
        'Another customer already has this external reference',
      )
      expect(await referenceOf(one)).toBe('SHARED-1')
    }
  })

  test('pass it on: it is free when the last of them has given it up', async () => {
    const [first, second, third] = [await make(), await make(), await make()]
    await shareReference(purser, [first, second], 'SHARED-2')
    expect((await edit(first, { externalReference: 'NEW-2' })).status).toBe(303)
    expect((await edit(third, { externalReference: 'shared-2' })).status).toBe(422)
    expect((await edit(first, { externalReference: 'shared-2' })).status).toBe(422)
    expect(wordsOf(await owner.get(`/customers/${second.id}`))).not.toContain('Also used by')
    expect((await edit(second, { name: 'Now alone' })).status).toBe(303)
    expect((await edit(second, { externalReference: '' })).status).toBe(303)
    expect((await edit(third, { externalReference: 'shared-2' })).status).toBe(303)
  })

  test('are numbered by the migration, the oldest first', async () => {
    const customers = [await make(), await make(), await make()]
    const client = new pg.Client(purser.database.ownerUrl)
    await client.connect()
    await client.query(`
      begin; drop trigger customers_hold_external_reference on customers;
      drop trigger customers_hand_external_reference_on on customers;
      drop function hold_external_reference; drop function hand_external_reference_on;
      alter table customers drop column external_reference_key, drop column external_reference_place`)
    for (const [place, reference] of ['Old-3', 'OLD-3 ', 'other'].entries()) {
      await client.query('update customers set external_reference = $2 where id = $1', [
        customers[place]?.id,
        reference,
      ])
    }
    const folder = '../../prisma/migrations/20261128070200_external_references_once/migration.sql'
    await client.query(readFileSync(new URL(folder, import.meta.url), 'utf8'))
    const { rows } = await client.query(
      `select external_reference_key as key, external_reference_place as place from customers
       where id = any($1) order by registered_at, id`,
      [customers.map(({ id }) => id)],
    )
    await client.query('rollback')
    await client.end()
    expect(rows).toEqual([
      { key: 'old-3', place: 0 },
      { key: 'old-3', place: 1 },
      { key: 'other', place: 0 },
    ])
  })
})
