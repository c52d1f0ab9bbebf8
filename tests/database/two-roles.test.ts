import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connected } from '../../src/database/connection.ts'
import { mustBeLetIn, mustFitTogether } from '../../src/database/two-roles.ts'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'

// As docs/operations.md has them made: nobody but the owner may connect, until a start has given the application's role its rights.
let one: ClonedDatabase
let other: ClonedDatabase
beforeAll(async () => {
  for (const made of [(one = await cloneDatabase()), (other = await cloneDatabase())]) {
    await connected(made.ownerUrl, (client) =>
      client.query(`revoke connect on database ${client.database} from purser`),
    )
  }
})
afterAll(() => Promise.all([one.drop(), other.drop()]))

/** The same address with a part of it changed. */
const but = (url: string, part: Partial<URL>) => Object.assign(new URL(url), part).href

const whyNot = (databaseUrl: string, databaseOwnerUrl: string | null) =>
  mustFitTogether({ databaseUrl, databaseOwnerUrl }).then(
    () => null,
    (error: Error) => error.message,
  )

describe('before the first start, when the application’s role may not connect yet,', () => {
  test('the right addresses fit', async () => {
    expect(await whyNot(one.appUrl, one.ownerUrl)).toBe(null)
  })

  test('swapped ones are named', async () => {
    expect(await whyNot(one.ownerUrl, one.appUrl)).toMatch(
      /^DATABASE_URL and DATABASE_OWNER_URL are swapped: purser_owner owns the tables of \w+, and purser does not\.$/,
    )
  })

  test.each([
    ['in the right order', () => whyNot(one.appUrl, other.ownerUrl)],
    ['and swapped', () => whyNot(one.ownerUrl, other.appUrl)],
  ])('those of two databases are named, %s', async (_how, answer) => {
    expect(await answer()).toMatch(
      /^DATABASE_URL and DATABASE_OWNER_URL point to two databases \(test_\w+ and test_\w+\)/,
    )
  })

  test('the application’s role alone is told that it may not connect', async () => {
    expect(await whyNot(one.appUrl, null)).toMatch(
      /^The role purser of DATABASE_URL may not connect to test_\w+\. Check the role and the database\.$/,
    )
  })

  test('a role that is still shut out when it has its rights was at another database', async () => {
    const urls = { databaseUrl: one.appUrl, databaseOwnerUrl: one.ownerUrl }
    await expect(mustBeLetIn(urls)).rejects.toThrow('point to two databases')
  })
})

test.each([
  ['DATABASE_URL', 'another port', () => whyNot(but(one.appUrl, { port: '1' }), one.ownerUrl)],
  ['DATABASE_URL', 'another name', () => whyNot(but(one.appUrl, { pathname: '/no_such' }), one.ownerUrl)],
  ['DATABASE_URL', 'another role', () => whyNot(but(one.appUrl, { username: 'no_such' }), one.ownerUrl)],
  ['DATABASE_OWNER_URL', 'another port', () => whyNot(one.appUrl, but(one.ownerUrl, { port: '1' }))],
  ['DATABASE_URL', 'no other beside it', () => whyNot(but(one.appUrl, { port: '1' }), null)],
])('%s with %s is named before anything is changed', async (variable, _what, answer) => {
  const said = await answer()
  expect(said).toMatch(/^The database \w+ on 127\.0\.0\.1:\d+ cannot be reached: /)
  expect(said).toMatch(new RegExp(` Check ${variable}\\.$`))
})
