import { expect, test } from 'vitest'
import { kindOf, KINDS, MAY_POST, kindsInSql } from '../../src/ledger/kinds.ts'
import { fileOf, sources } from '../support/source.ts'

const guards = fileOf('src/database/guards.ts')

test('the constraints of postings name the kinds that the table has: without a reason, and always with a comment', () => {
  const list = /reason IS NOT NULL OR kind = ANY \(ARRAY\[([^\]]*)\]\)/.exec(guards)?.[1]
  expect(`(${list})`).toBe(kindsInSql(({ reasons }) => reasons.length === 0))
  const [commented, ...more] = KINDS.filter((kind) => kindOf(kind).needsComment)
  expect(more).toEqual([])
  expect(guards).toContain(`comment <> '' OR reason <> 'other' AND kind <> '${commented}'`)
})

test('what can be posted by a person has what a page and the database ask of it', () => {
  for (const kind of KINDS) {
    const { permission, isLimited, moves, sign, accounts, described, reasons } = kindOf(kind)
    if (described) expect([kind, reasons.length <= 1, sign]).toEqual([kind, true, -1])
    expect([kind, isLimited]).toEqual([kind, permission !== null])
    expect([kind, sign !== null]).toEqual([kind, moves !== 'target' && moves !== 'reversed'])
    expect([kind, accounts.includes('BALANCE')]).toEqual([kind, moves !== 'target' && moves !== 'expired'])
  }
})

test('what expires by itself leaves the event of its kind', () => {
  expect(fileOf('src/ledger/sql/expire_grants.sql')).toContain(`'${kindOf('expiry').event.name}'`)
})

test('who may post is read from the table of kinds, and named nowhere else', () => {
  const ELSEWHERE = /^src\/(ledger\/kinds|people\/(permissions|roles))\.ts$/
  const named = [...sources('src/**/*.{ts,sql}'), ...sources('views/**/*.ejs')].filter(
    ({ file, text }) =>
      !ELSEWHERE.test(file) && MAY_POST.some((permission) => text.includes(`'${permission}'`)),
  )
  expect(named.map(({ file }) => file)).toEqual([])
})
