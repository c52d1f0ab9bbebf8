import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { renderView } from '../../src/web/views.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-views-'))
mkdirSync(path.join(folder, 'shared'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes these views and renders the one called `page`; in development where they are not `kept`. */
function rendered(views: Record<string, string>, locals: object, { kept = true } = {}): string {
  for (const [name, text] of Object.entries(views)) writeFileSync(path.join(folder, `${name}.ejs`), text)
  const settings = { views: folder, 'view cache': kept }
  return renderView(
    'page',
    Object.assign(Object.create(null), locals, { settings }) as Record<string, unknown>,
  )
}

const anew = { kept: false }

test('an include has the locals around it and what it is given, and gives nothing back', () => {
  const views = {
    page: `<%= a %><%- include('shared/inner', { b: 3 }) %><%= b %>`,
    'shared/inner': `(<%= a %><%= b %><%- include('shared/innermost', { a: 4 }) %>)`,
    'shared/innermost': `[<%= a %><%= b %><%= locals.c %>]`,
  }
  expect(rendered(views, { a: 1, b: 2 }, anew)).toBe('1(13[43])2')
})

test('text is escaped', () => {
  expect(rendered({ page: '<%= a %> <%- a %>' }, { a: '<b>"' }, anew)).toBe('&lt;b&gt;&#34; <b>"')
})

test('a name that nothing gives is a fault, also where every object has it', () => {
  for (const name of ['nowhere', 'constructor', 'toString']) {
    expect(rendered({ page: `<%= locals.${name} %>` }, {}, anew)).toBe('')
  }
  expect(() => rendered({ page: '<%= nowhere %>' }, {}, anew)).toThrow('nowhere is not defined')
  expect(() => rendered({ page: '<% if (false) { %><%= nowhere %><% } %>' }, {}, anew)).toThrow('nowhere')
  expect(rendered({ page: '<%= a %>' }, { a: undefined }, anew)).toBe('')
})

test('a view has the names of JavaScript, and its own and those of its locals before them', () => {
  expect(rendered({ page: '<%= String(URL) %>' }, { URL: 'local' }, anew)).toBe('local')
  expect(
    rendered(
      { page: '<% const a = 2 %><%= a %><% { const b = 3 %><%= b %><% } %><%= b %>' },
      { a: 1, b: 4 },
      anew,
    ),
  ).toBe('234')
})

test('a fault names each file and line that led to it', () => {
  const views = { page: `one\n<%- include('shared/inner') %>`, 'shared/inner': '\n\n<%= a.b.c %>' }
  expect(() => rendered(views, { a: {} }, anew)).toThrow(
    /page\.ejs:2\n[^]*shared\/inner\.ejs:3\n[^]*Cannot read properties of undefined/,
  )
})

test('a view is read again in development only', () => {
  expect(rendered({ page: 'first' }, {}, anew)).toBe('first')
  expect(rendered({ page: 'second' }, {}, anew)).toBe('second')
  expect(rendered({ page: 'third' }, {})).toBe('third')
  expect(rendered({ page: 'fourth' }, {})).toBe('third')
})
