import { beforeAll, describe, expect, test } from 'vitest'
import { sources } from '../support/source.ts'
import { faultsOfViews } from '../views/check.ts'
import { texts } from '../views/code.ts'
import { faultsOfLines } from '../views/lines.ts'
import { workedOutIn } from '../views/worked-out.ts'

// A view shows what it is given. What it worked out by itself, the rule behind it would have to work out again, and one day differ.

/** The clock, sums of money, formats of its own, and what is counted up over rows. */
const WORKED_OUT: readonly [what: string, sign: RegExp][] = [
  ['asks the clock', /new Date\b|Date\.now/],
  ['makes formats of its own', /\bIntl\./],
  ['sums up', /\.reduce\(/],
  ['reckons with money', /\b(balance|credits|overdraft|amount|remaining|available)\s*[-+*/]\s*[\w(]/],
  ['decides what waits for a second person', /\bkind === ''.*\babove\b|\babove (=== 0n|[<>])/],
  ['works out a permission', /\bpermissions\b\.(has|includes|some)\(|\broleId [!=]==/],
  ['compares sums with each other', /\b(balance|credits|remaining)\s*[<>]=?\s*-?\w+\.\w+/],
]

/** What can be read as code: what stands in EJS's own tags, without quoted words. */
const codeOf = (text: string) =>
  [...text.matchAll(/<%[-=_]?(?!#)([\s\S]*?)%>/g)]
    .map(([, code = '']) => code.replaceAll(/'[^'\n]*'|"[^"\n]*"/g, "''"))
    .join('\n')

test('no view works out what a rule decides', () => {
  const views = sources('views/**/*.ejs')
  expect(views.length).toBeGreaterThan(100)
  const wrong = views.flatMap(({ file, text }) => {
    const code = codeOf(text)
    return WORKED_OUT.flatMap(([what, sign]) => (sign.test(code) ? [`${file} ${what}`] : []))
  })
  expect(wrong).toEqual([])
})

/** The chart of months places its bars: a drawing, no sum of anything. */
const DRAWN = 'views/customers/_months.ejs'

test('no view combines permissions, reckons, or decides by a state what can be done', () => {
  const found = sources('views/**/*.ejs').flatMap(({ file, text }) =>
    workedOutIn(text).map((what) => `${file} ${what}`),
  )
  expect(found).toEqual([`${DRAWN} reckons`])
})

describe('what a view may and may not work out', () => {
  test.each([
    ["<% if (may('audit.see') || may('login.admin')) { %><p></p><% } %>", 'combines permissions'],
    [
      "<% const edits = can('/tags/:id') %><%= edits && !may('customers.see') ? 1 : 2 %>",
      'combines permissions',
    ],
    ["<% const items = [(may('a') || can('/b')) && '-'] %>", 'combines permissions'],
    ['<%= money(-use.amount) %>', 'reckons'],
    ['<%= money(customer.balance + customer.credits) %>', 'reckons'],
    ['<%= tags.length - shown.length %>', 'reckons'],
    ['<%= minutes * 60 %>', 'reckons'],
    ['<%= count + 1 %>', 'reckons'],
    ['<%= Math.ceil(seconds) %>', 'reckons'],
    [
      '<% if (member.state === \'OFF\') { %><form method="post"></form><% } %>',
      'decides by a state what can be done',
    ],
    [
      '<% if (x) { %><p><% } else if (invite.state !== \'open\') { %><a class="btn"><% } %>',
      'decides by a state what can be done',
    ],
    [
      "<% const items = [customer.state === 'ON' ? { href: '/a' } : { href: '/b' }] %>",
      'decides by a state what can be done',
    ],
    [
      '<a href="<%= kind === \'customer\' ? paths.console() : paths.home() %>">',
      'decides by a state what can be done',
    ],
    [
      "<% const isAlive = invite.state === 'open' || invite.state === 'expired' %>",
      'decides by a state what can be done',
    ],
    ["<% const canEnd = edits && invite.kind === 'single' %>", 'decides by a state what can be done'],
  ])('%s %s', (view, what) => {
    expect(workedOutIn(view)).toEqual([what])
  })

  test.each([
    '<% if (can(\'/tags/:id\')) { %><a href="<%= paths.tags() %>"></a><% } %>',
    "<% const items = [whole && can('/a') && { href: '/a' }, may('b') && { href: '/b' }] %>",
    "<tr class=\"<%= member.state === 'OFF' ? 'is-off' : '' %>\">",
    "<%= session.mode === 'readonly' ? t('ReadOnly Login') : t('Admin Login') %>",
    '<% head.mark = put(state) + (reset ? put(mark) : note) %>',
    '<% if (invite.credits > 0n) { %><%= money(invite.credits) %><% } %>',
  ])('%s is shown', (view) => {
    expect(workedOutIn(view)).toEqual([])
  })
})

test('only one place knows which postings can be undone, and when a grant is over', () => {
  const files = [...sources('src/**/*.ts'), ...sources('views/**/*.ejs')]
  const knows = (sign: RegExp) => files.filter(({ text }) => sign.test(text)).map(({ file }) => file)
  // A list of kinds that stands elsewhere than in the table of src/ledger/kinds.ts.
  expect(
    knows(
      /kind !== '(reversal|expiry)' (&&|\|\|) .*kind !== '|['"](reversal|expiry)['"], ?['"](reversal|expiry)['"]/,
    ),
  ).toEqual([])
  expect(knows(/grant_has_expired/)).toEqual([])
  expect(knows(/expiresAt(\.getTime\(\) - 1| !== null && expiresAt <= )/)).toEqual([
    'src/ledger/grants/grants.ts',
  ])
})

describe('the check of views finds', () => {
  /** Faults in what includes are given, which show where pages use these. */
  const MISSPELT = [
    ['ledger/_grants', 'grant.canBeUsed', 'grant.canBeUsd'],
    ['console/_entries', 'entry.note)', 'entry.noote)'],
    ['ledger/_good-through', 'grant.isOver', 'grant.isOvr'],
  ] as const
  const OWN_FAULTS = ['account/account', 'verify/verified', 'verify/verify']
  const OF_INCLUDES = ['customers/grants/list', 'console/overview', 'customers/postings/posting']

  let faults: string[]
  beforeAll(() => {
    const own = new Map(texts)
    const planted = `<%= sessions[0].colour %><%= nowhere %><%= logins.length %><%= areFew && factors.length + codesLeft %><%- include('shared/csrf', { extra: 1 }) %>`
    texts.set('account/account', planted).set('verify/verified', '')
    for (const [name, right, wrong] of MISSPELT) {
      expect(own.get(name)).toContain(right)
      texts.set(name, (own.get(name) ?? '').replace(right, wrong))
    }
    try {
      // All at once: each check reads the whole of Purser.
      faults = faultsOfViews([...OWN_FAULTS, ...OF_INCLUDES])
    } finally {
      for (const [name, text] of own) texts.set(name, text)
    }
  })
  const isOfInclude = (fault: string) =>
    OF_INCLUDES.some((view) => fault.startsWith(`${view.replaceAll('/', '.')}.ts:`))

  test('a name that nothing gives, a local that nothing uses, and a use that its type does not have', () => {
    const found = faults.filter((fault) => !isOfInclude(fault)).map((fault) => fault.split('  [')[0])
    expect(found.toSorted()).toEqual([
      "account.account.ts: 'extra' is declared but its value is never read.",
      "account.account.ts: Cannot find name 'nowhere'.",
      expect.stringMatching(/^account\.account\.ts: Property 'colour' does not exist on type/),
      expect.stringMatching(/^verify\.verified\.ts: All destructured elements are unused/),
    ])
  })

  test('a use that its type does not have in what an include is given', () => {
    const found = faults
      .filter(isOfInclude)
      .map((fault) => /^\S+ Property '\w+' does not exist/.exec(fault)?.[0])
    expect(found.toSorted()).toEqual([
      "console.overview.ts: Property 'noote' does not exist",
      "customers.grants.list.ts: Property 'canBeUsd' does not exist",
      "customers.grants.list.ts: Property 'isOvr' does not exist",
      "customers.postings.posting.ts: Property 'isOvr' does not exist",
    ])
  })
})

test('the check of views finds lines that are not as they should be', () => {
  expect(faultsOfLines('a.ejs', `<p>${'x'.repeat(120)}</p>`)).toEqual(['a.ejs:1 is longer than 120'])
  expect(faultsOfLines('a.ejs', `<%= t(\n  '${'x'.repeat(120)}',\n) %>`)).toEqual([
    'a.ejs:2 is longer than 120',
  ])
  expect(faultsOfLines('a.ejs', '<p> \n\t<b>\n   <i>')).toHaveLength(3)
  expect(faultsOfLines('a.ejs', '<% if (a { %><% } %>').join()).toMatch(/is no EJS/)
})
