import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { functionFaults, shardFaults } from '../support/one-shard.ts'
import { fileOf, sources } from '../support/source.ts'

describe('a statement that one shard cannot answer', () => {
  test.each([
    ['select id from customers where id = $1', 'customers customers without its own reseller_id'],
    [
      'select c.id from customers c join teams t on t.reseller_id = c.reseller_id where c.reseller_id = $1',
      'teams t without its own reseller_id',
    ],
    ['insert into customers (id) values ($1)', 'insert into customers without reseller_id'],
    ['truncate customers', 'truncate of customers'],
    ['lock table resellers, customers in share mode', 'lock of customers'],
    ['copy customers to stdout', 'copy of customers'],
    ['copy (select id from customers) to stdout', 'customers customers without its own reseller_id'],
    [
      'merge into customers c using (select $1 as id) x on x.id = c.id when matched then delete',
      'merge of customers',
    ],
    [
      'update customers set name = search_words(reseller_id, id) where reseller_id = $1',
      'customers is written by search_words()',
    ],
    [
      'update customers set updated_at = clock_timestamp() where reseller_id = $1',
      'customers is written by clock_timestamp()',
    ],
    [
      `insert into customer_search (reseller_id, id, words)
       select reseller_id, id, search_words(reseller_id, id) from customers where reseller_id = $1`,
      'customer_search is written by search_words()',
    ],
  ])('%s', (text, fault) => {
    expect(shardFaults(text)).toEqual([fault])
  })

  test.each([
    'select id from customers where reseller_id = $1 and id = $2',
    'truncate function_sets',
    'update customers set name = folded_name(name) where reseller_id = $1',
    'update customers set updated_at = now() where reseller_id = $1',
    'insert into audit_rows (reseller_id, at) values ($1, clock_timestamp())',
  ])('but not: %s', (text) => {
    expect(shardFaults(text)).toEqual([])
  })

  test('in a function, whose arguments and variables are given', () => {
    const of = (body: string, language = 'plpgsql') =>
      functionFaults(
        `create function f(the_reseller text, the_kind posting_kind) returns void language ${language} as $$ ${body} $$`,
      )
    expect(of(`begin delete from customers where reseller_id = the_reseller; end`)).toEqual([])
    expect(of(`begin delete from customers where reseller_id = new.reseller_id; end`)).toEqual([])
    expect(of(`begin delete from customers where reseller_id = id; end`)).toHaveLength(1)
    expect(of(`declare n int; begin n := (select count(*) from customers); end`)).toHaveLength(1)
    expect(of(`begin if exists (select from customers) then return; end if; end`)).toHaveLength(1)
    expect(of(`begin for n in 1..2 loop perform from customers; end loop; end`)).toHaveLength(1)
    expect(of('delete from customers where reseller_id = the_reseller', 'sql')).toEqual([])
    expect(of('delete from customers', 'sql')).toHaveLength(1)
  })
})

test('every function’s statements can be answered by one shard', () => {
  const files = sources('src/*/sql/*.sql')
  expect(files.length).toBeGreaterThan(25)
  const faults = files.flatMap(({ file, text }) =>
    functionFaults(text).map((fault) => `${path.basename(file)}: ${fault}`),
  )
  expect(faults).toEqual([])
})

test('a test takes what Purser does by itself from where it is seen, not from src', () => {
  const doing = ['src/startup/rounds.ts', 'src/startup/jobs.ts'].map(fileOf).join('')
  const names = new Set([...doing.matchAll(/^ +'[\w -]+': (\w+),$/gm)].map(([, name = '']) => name))
  expect([...names]).toEqual(expect.arrayContaining(['sweepSessions', 'expireWaiting', 'followTag']))
  const wrong = sources('tests/**/*.ts')
    .filter(({ file }) => file !== 'tests/support/rounds.ts')
    .flatMap(({ file, text }) =>
      [...text.matchAll(/import \{([^}]*)\} from '[./]*\/src\//g)]
        .flatMap(([, imported = '']) => imported.match(/\w+/g) ?? [])
        .filter((name) => names.has(name))
        .map((name) => `${file} ${name}`),
    )
  expect(wrong).toEqual([])
})
