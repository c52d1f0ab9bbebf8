import { afterAll, beforeAll, expect, test } from 'vitest'
import { guardsInPlace } from '../../src/database/guards.ts'
import { verifyLedger } from '../../src/ledger/verification/verify.ts'
import { wordsOf } from '../support/visit.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { SEARCHES, customerId, hitsOf } from './customers.ts'
import { fillReseller } from './fill.ts'

const SIZE = 1_000

let purser: RunningPurser
let resellerId: string
let definitions: string[]
beforeAll(async () => {
  purser = await startPurser()
  const { reseller, staff } = purser.northwind
  resellerId = reseller.id
  definitions = await definitionsNow()
  const { ownerUrl } = purser.database
  await fillReseller({ ownerUrl, resellerId, staff: [staff.owner], size: SIZE, onProgress: () => {} })
})
afterAll(() => purser.stop())

/** All indexes and constraints. */
async function definitionsNow(): Promise<string[]> {
  const { rows } = await purser.services.database.pool.query<{ definition: string }>(
    `select indexdef as definition from pg_indexes where schemaname = 'public'
     union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
     where connamespace = 'public'::regnamespace order by 1`,
  )
  return rows.map(({ definition }) => definition)
}

async function triggersOff(): Promise<string[]> {
  const { rows } = await purser.services.database.pool.query<{ name: string }>(
    `select tgname as name from pg_trigger where not tgisinternal and tgenabled <> 'O'`,
  )
  return rows.map(({ name }) => name)
}

test('the ledger of a filled reseller holds, and everything that guards it is there again', async () => {
  const { database } = purser.services
  expect(await verifyLedger(database, { resellerId })).toMatchObject({ entries: 5_199, fault: null })
  expect(await triggersOff()).toEqual([])
  expect(Object.values(await guardsInPlace(database.pool)).every(Boolean)).toBe(true)
  expect(await definitionsNow()).toEqual(definitions)
})

test('searches find as many as they are measured for, tags too', async () => {
  const { rows } = await purser.services.database.pool.query<{ words: string }>(
    'select words from customer_search where reseller_id = $1',
    [resellerId],
  )
  for (const word of Object.keys(SEARCHES) as (keyof typeof SEARCHES)[]) {
    expect(
      rows.filter(({ words }) => words.includes(word)),
      word,
    ).toHaveLength(hitsOf(word, SIZE))
  }
  expect(rows.some(({ words }) => words.includes('\n vip'))).toBe(true)
})

test('its search rows are what the trigger would have written', async () => {
  const rows = () =>
    purser.owner.prisma
      .$queryRaw`select *, xmin::text from customer_search where reseller_id = ${resellerId} order by id`
  const filled = await rows()
  expect(filled).toHaveLength(SIZE)
  await purser.owner.prisma.$queryRaw`
    select refresh_search(${resellerId}, array_agg(id))::text from customers where reseller_id = ${resellerId}`
  expect(await rows()).toEqual(filled)
})

test('its list rows are what the triggers would have written', async () => {
  const rows = () =>
    purser.owner.prisma
      .$queryRaw`select *, xmin::text from customer_list_rows where reseller_id = ${resellerId} order by id`
  const filled = await rows()
  expect(filled).toHaveLength(SIZE)
  await purser.owner.prisma.$queryRaw`
    select refresh_list_rows(${resellerId}, array_agg(id))::text from customers where reseller_id = ${resellerId}`
  expect(await rows()).toEqual(filled)
})

test('its pages show what the ledger has', async () => {
  const browser = await purser.as(purser.northwind.staff.owner)
  expect(wordsOf(await browser.get(`/customers/${customerId(5)}`))).toContain('Payment received')
})
