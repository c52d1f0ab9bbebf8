import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { madeOf } from '../../src/web/remembered.ts'
import { renderView } from '../../src/web/views.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-remembered-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** In place of the row of a customer, which is remembered. */
beforeAll(() => {
  mkdirSync(path.join(folder, 'customers'))
  const write = (name: string, text: string) => writeFileSync(path.join(folder, `${name}.ejs`), text)
  write('page', `<%- include('customers/_row', { row }) %>`)
  write('customers/_row', `<%= row.seen() ?? '' %><%= t('Hello') %> <%= row.name %>`)
})

let written = 0

/** As a page of this reader writes it. What is written anew is counted. */
function page(
  given: object,
  { reader = 'one', t = (text: string) => text, ...more }: Record<string, unknown> = {},
): string {
  const seen = () => {
    written += 1
  }
  const settings = { views: folder, 'view cache': true }
  const row: object = Object.defineProperty(given, 'seen', {
    value: seen,
    enumerable: false,
    configurable: true,
  })
  return renderView('page', { __proto__: null, row, reader, t, settings, ...more })
}

test('the same is written once', () => {
  written = 0
  expect(page({ name: 'Ada', balance: 5n, at: new Date(0), tags: [{ name: 'vip' }], none: null })).toBe(
    'Hello Ada',
  )
  expect(page({ name: 'Ada', balance: 5n, at: new Date(0), tags: [{ name: 'vip' }], none: null })).toBe(
    'Hello Ada',
  )
  expect(written).toBe(1)
})

test('whatever differs is written anew', () => {
  written = 0
  const rows = [
    ...[{ name: 'Bo' }, { name: 'Bo', x: undefined }, { name: 'Bo', x: null }, { name: 'Bo', x: '' }],
    ...[
      { name: 'Bo', x: 'undefined;' },
      { name: 'Bo', x: 0 },
      { name: 'Bo', x: 0n },
      { name: 'Bo', x: '0' },
    ],
    ...[
      { name: 'Bo', x: new Date(0) },
      { name: 'Bo', x: [] },
      { name: 'Bo', x: {} },
      { name: 'Bo', x: false },
    ],
    ...[
      { name: 'Bo', x: ['a', 'b'] },
      { name: 'Bo', x: ['a,b'] },
      { name: 'Bo', x: { a: 'b' } },
    ],
    ...[
      { name: 'Bo', y: '' },
      { name: 'Bo', x: 'a', y: 'b' },
      { name: 'Bo', x: 'a1:y1:b' },
    ],
  ]
  for (const row of rows) expect(page({ ...row })).toBe('Hello Bo')
  expect(written).toBe(rows.length)
  for (const row of rows) expect(page({ ...row })).toBe('Hello Bo')
  expect(written).toBe(rows.length)
})

test('each reader has their own', () => {
  const inGerman = { reader: 'German', t: () => 'Hallo' }
  expect(page({ name: 'Cy' })).toBe('Hello Cy')
  expect(page({ name: 'Cy' }, inGerman)).toBe('Hallo Cy')
  expect(page({ name: 'Cy' })).toBe('Hello Cy')
})

test('an object is known by what it was made of', () => {
  written = 0
  expect(page(madeOf({ name: 'Di' }, 'row 1'))).toBe('Hello Di')
  expect(page(madeOf({ name: 'Di' }, 'row 1'))).toBe('Hello Di')
  expect(written).toBe(1)
  expect(page(madeOf({ name: 'Dan' }, 'row 2'))).toBe('Hello Dan')
  expect(written).toBe(2)
})

test('what is not given cannot be seen, and a function cannot be given', () => {
  writeFileSync(path.join(folder, 'customers/_row.ejs'), '<%= address %>')
  const anew = { settings: { views: folder, 'view cache': false } } as object
  expect(() => page({ name: 'Ed' }, { address: '/customers', ...anew })).toThrow('address is not defined')
  expect(() => page({ name: 'Ed', call: () => 1 })).toThrow('cannot be given a function')
})
