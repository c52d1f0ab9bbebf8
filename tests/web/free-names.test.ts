import { expect, test } from 'vitest'
import { freeNamesIn } from '../../src/web/free-names.ts'

test.each([
  ['a(b.c, d[e])', ['a', 'b', 'd', 'e']],
  ['a = { b, c: d, [e]: 1, f() { return g } }', ['a', 'b', 'd', 'e', 'g']],
  ['const { a, b: [c = d, ...e] } = f; a(c, e)', ['d', 'f']],
  ['for (const a of b) a(c); a', ['b', 'c', 'a']],
  ['for (let i = a; i < b; i++) i', ['a', 'b']],
  ['a.map(({ b, c = d }, ...e) => b + c + e + f)', ['a', 'd', 'f']],
  ['{ const a = 1; a } a', ['a']],
  ['{ b(); function b() { return b } class C {} new C() }', []],
  ['a(); const a = 1', []],
  ['try { a } catch ({ message: b }) { b(c) }', ['a', 'c']],
  ['switch (a) { case b: const c = 1; c }', ['a', 'b']],
  ['one: for (;;) break one', []],
  ['`${a} ${`${b}`} c` + "d" /* e */', ['a', 'b']],
  ['a?.b?.[c] ?? d', ['a', 'c', 'd']],
])('the names that are used and not declared in %s', (code, names) => {
  expect(freeNamesIn(code)).toEqual(names)
})
