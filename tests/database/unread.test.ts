import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OWNERS_FUNCTIONS, RIGHTS, UNREAD_FIELDS } from '../../src/database/rights.ts'
import { columnName } from '../../src/database/model-rows.ts'
import { markOf } from '../../src/people/password-hash.ts'
import { PASSWORD, makeCustomer, passwordHashOf } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { fileOf } from '../support/source.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
  const { owner, northwind } = purser
  const customer = await makeCustomer(northwind, { password: PASSWORD })
  await owner.prisma.passwordCandidate.create({
    data: {
      ...{ resellerId: northwind.reseller.id, id: crypto.randomUUID(), customerId: customer.id },
      ...{ staffId: northwind.staff.owner.id, passwordHash: await passwordHashOf(PASSWORD) },
      expiresAt: new Date(Date.now() + 600_000),
    },
  })
})
afterAll(() => purser.stop())

const app = () => purser.services.database
const REFUSED = { code: '42501' }

const UNREAD = Object.entries(RIGHTS).flatMap(([table, { unread = [] }]) =>
  unread.map((column) => [table, column] as const),
)

test('names each model’s fields as its table’s columns', () => {
  const tables = new Map(
    [...fileOf('prisma/schema.prisma').matchAll(/^model (\w+) \{[\s\S]*?@@map\("(\w+)"\)/gm)].map(
      ([, model = '', table = '']) => [model[0]?.toLowerCase() + model.slice(1), table],
    ),
  )
  const named = Object.entries(UNREAD_FIELDS).flatMap(([model, fields]) =>
    Object.keys(fields).map((field) => `${tables.get(model)} ${columnName(field)}`),
  )
  expect(named.toSorted()).toEqual(UNREAD.map((one) => one.join(' ')).toSorted())
})

describe.each(UNREAD)('%s.%s, as the application', (table, column) => {
  test.each([
    `select ${column} from ${table}`,
    `select * from ${table}`,
    `select row_to_json(t) from ${table} t`,
    `select count(${column}) from ${table}`,
    `select count(*) from ${table} where ${column} like '$argon2id%'`,
    `select from ${table} order by ${column}`,
    `copy ${table} to stdout`,
    `update ${table} set ${column} = ${column} || ''`,
    `delete from ${table} where ${column} = ''`,
    `create temporary table copied as select * from ${table}`,
  ])('%s', async (sql) => {
    await expect(app().pool.query(sql)).rejects.toMatchObject(REFUSED)
  })

  test('and in what the server knows of its values', async () => {
    await purser.owner.pool.query(`analyze ${table}`)
    const { rows } = await app().pool.query(
      'select 1 as seen from pg_stats where tablename = $1 and attname = $2',
      [table, column],
    )
    expect(rows).toEqual([])
  })
})

test('what Prisma reads of whole rows leaves them out, also after a write', async () => {
  const { prisma } = app()
  const { resellerId, id } = await prisma.customer.findFirstOrThrow()
  for (const row of [
    await prisma.staff.findFirstOrThrow(),
    await prisma.customer.findFirstOrThrow({ include: { team: { include: { ownerCustomer: true } } } }),
    await prisma.passwordCandidate.findFirstOrThrow(),
    await prisma.customer.update({
      where: { resellerId_id: { resellerId, id } },
      data: { passwordHash: await passwordHashOf(PASSWORD) },
    }),
  ]) {
    expect(
      JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
    ).not.toMatch(/argon2|passwordHash/)
  }
  await expect(
    prisma.staff.findFirst({ select: { passwordHash: true } }) as Promise<unknown>,
  ).rejects.toThrow()
})

describe('the functions that give them', () => {
  const GIVING = OWNERS_FUNCTIONS.map((signature) => /^\w+/.exec(signature)?.[0] ?? '').filter((name) =>
    /_of(_customer)?$/.test(name),
  )

  /** As the application calls each: with the first of those whom it gives something of. */
  const facts = async () => {
    const [candidate] = await purser.owner.prisma.passwordCandidate.findMany()
    const { reseller, staff } = purser.northwind
    const customer = await purser.owner.prisma.customer.findFirstOrThrow({
      where: { id: candidate?.customerId ?? '' },
    })
    return {
      staff_login_of: [reseller.id, staff.owner.email],
      customer_login_of: [reseller.id, customer.email],
      generated_password_of: [reseller.id, customer.id, staff.owner.id],
      recovery_codes_of: [reseller.id, staff.owner.id],
      factor_secrets_of: [reseller.id, staff.owner.id],
      recovery_codes_of_customer: [reseller.id, customer.id],
      factor_secrets_of_customer: [reseller.id, customer.id],
    } as Readonly<Record<string, string[]>>
  }
  const places = (values: readonly string[]) => values.map((_value, place) => `$${place + 1}`).join(', ')

  test('are all of these', async () => {
    expect(GIVING.toSorted()).toEqual(Object.keys(await facts()).toSorted())
  })

  test.each(GIVING)('%s answers where it is all that is asked, for this person', async (name) => {
    const values = (await facts())[name] ?? []
    const text = `select * from ${name}(${places(values)})`
    const { rows } = await app().pool.query<Record<string, unknown>>(text, values)
    if (!/recovery|factor/.test(name)) {
      expect(rows).toHaveLength(1)
      expect(rows[0]?.password_hash).toBe(await passwordHashOf(PASSWORD))
    }
    const elsewhere = [purser.eastgate.reseller.id, ...values.slice(1)]
    expect((await app().pool.query(text, elsewhere)).rows).toEqual([])
  })

  test.each(GIVING)('%s gives nothing within another statement', async (name) => {
    const values = (await facts())[name] ?? []
    const call = `${name}(${places(values)})`
    const quoted = `${name}(${values.map((value) => `'${value}'`).join(', ')})`
    for (const text of [
      `select t.* from ${call} t`,
      `select * from ${call} union all select * from ${call}`,
      `select * from ${call} -- and more`,
      `select * from ${call};`,
      `explain analyze select * from ${call}`,
      `with known as (select * from ${call}) select * from known`,
    ]) {
      await expect(app().pool.query(text, values), text).rejects.toMatchObject(REFUSED)
    }
    for (const text of [
      `select * from ${quoted}`,
      `select * from ${quoted}; select 1`,
      `do $do$ begin perform * from ${quoted}; end $do$`,
      `select query_to_xml($q$select * from ${quoted}$q$, true, true, '')`,
    ]) {
      await expect(app().pool.query(text), text).rejects.toMatchObject(REFUSED)
    }
  })

  test('so that no select over everybody reads all of them', async () => {
    for (const text of [
      'select l.password_hash from staff s, staff_login_of(s.reseller_id, s.email) l',
      'select l.password_hash from customers c, customer_login_of(c.reseller_id, c.email) l',
      `select (select password_hash from customer_login_of(c.reseller_id, c.email)) from customers c`,
    ]) {
      await expect(app().pool.query(text), text).rejects.toMatchObject(REFUSED)
    }
  })
})

test('the mark is that of the hash, in staff as in customers, and none where there is none', async () => {
  const { prisma } = purser.owner
  const hash = await passwordHashOf(PASSWORD)
  for (const model of [prisma.staff, prisma.customer] as unknown as (typeof prisma.staff)[]) {
    const row = await model.findFirstOrThrow({ where: { passwordHash: hash } })
    expect(row.passwordMark).toBe(markOf(hash))
    await model.updateMany({ where: { id: row.id }, data: { passwordHash: null } })
    expect((await model.findFirstOrThrow({ where: { id: row.id } })).passwordMark).toBeNull()
    await model.updateMany({ where: { id: row.id }, data: { passwordHash: hash } })
  }
  // Generated: nobody writes it, the owner neither.
  await expect(purser.owner.pool.query(`update staff set password_mark = 'mine'`)).rejects.toThrow()
})
