import { describe, expect, test } from 'vitest'
import '../../src/app.ts'
import { eventLabel, eventSays } from '../../src/audit/sentences.ts'
import { wordedFacts } from '../../src/audit/facts.ts'
import { everyEvent } from '../../src/events/event.ts'
import { formatsFor } from '../../src/words/format.ts'
import { PERMISSIONS } from '../../src/people/permissions.ts'
import { type Sentence, wordsFor } from '../../src/words/words.ts'

const formats = formatsFor({ locale: 'en-GB', timeZone: 'UTC', currency: 'USD', currencyScale: 2 })
const words = wordsFor('en-GB')
const says = (event: string, details: unknown) =>
  words(eventSays(event, details, formats)).replaceAll('\u00a0', ' ')
const inWords = (one: Sentence | string) =>
  typeof one === 'string' ? one : words(one).replaceAll('\u00a0', ' ')
const actor = { permissions: new Set(PERMISSIONS) }
const facts = (details: unknown) =>
  Object.fromEntries(
    wordedFacts({ event: '', details }, formats, actor).map(({ name, value }) => [
      inWords(name),
      inWords(value),
    ]),
  )

const moved = {
  account: 'BALANCE',
  amount: '-15000',
  before: '123450',
  after: '108450',
  reason: 'billing_error',
  posting: '01a2072d-49d5-7094-93ef-3dc786be555d',
}

test('staff are named in sentences, wherever a row keeps their address, and what was typed at a login page is not', () => {
  const staffNames = { 'kim@staff.example': 'Kim Ito' }
  const named = (event: string, details: unknown) =>
    words(eventSays(event, details, formats, { staffNames })).replaceAll('\u00a0', ' ')
  const registered = { email: 'a@b.example', team: 'A', teamId: 'x', invite: 'y', tags: [] }
  expect(named('customer.registered', { ...registered, invitedBy: 'kim@staff.example' })).toBe(
    'registered as a@b.example, invited by Kim Ito',
  )
  expect(named('customer.registered', { ...registered, invitedBy: 'gone@staff.example' })).toBe(
    'registered as a@b.example, invited by gone@staff.example',
  )
  expect(named('staff.added', { email: 'kim@staff.example', role: 'finance' })).toBe(
    'added Kim Ito as Finance',
  )
  expect(named('staff.login_failed', { email: 'kim@staff.example', why: 'off' })).toContain(
    'kim@staff.example',
  )
})

describe('a row reads on from its actor’s name', () => {
  test.each([
    [
      'balance.refilled',
      { ...moved, amount: '15000' },
      'refilled 150.00 USD (Billing error): 1,234.50 USD → 1,084.50 USD',
    ],
    ['balance.deducted', moved, 'deducted 150.00 USD (Billing error): 1,234.50 USD → 1,084.50 USD'],
    ['credits.set', moved, 'set the credits (Billing error): 1,234.50 USD → 1,084.50 USD'],
    ['staff.added', { email: 'a@b.example', role: 'finance' }, 'added a@b.example as Finance'],
    [
      'staff.role_changed',
      { email: 'a@b.example', from: 'owner', to: 'support' },
      'changed the role of a@b.example from Owner to Support',
    ],
    [
      'staff.login_failed',
      { email: 'a@b.example', why: 'off' },
      '1 failed login as a@b.example, account is OFF',
    ],
    ['staff.password_changed', {}, 'changed their own password'],
    ['customer.tagged', { added: ['VIP', 'net 30'], removed: [] }, 'added the tags VIP and net 30'],
    ['customer.tagged', { added: [], removed: ['VIP'] }, 'removed the tags VIP'],
    [
      'customer.tagged',
      { added: ['a', 'b', 'c'], removed: ['VIP'] },
      'added the tags a, b, and c and removed VIP',
    ],
    [
      'customer.changed',
      {
        changed: ['name', 'phone', 'externalReference'],
        before: ['Ada', '', 'SF-1'],
        after: ['Ada L.', '+49', ''],
      },
      'changed name from Ada to Ada L., phone to +49, and external reference from SF-1 to empty',
    ],
    [
      'billing_profile.changed',
      { kind: 'individual', changed: ['city', 'postalCode'] },
      'changed the billing profile: city and postal code',
    ],
    ['statement.exported', { from: '', to: '' }, 'exported the whole statement'],
    [
      'statement.exported',
      { from: '2026-01-01', to: '2026-01-31' },
      'exported the statement from 2026-01-01 to 2026-01-31',
    ],
    ['audit.exported', { query: '' }, 'exported all activity'],
    [
      'audit.exported',
      { query: 'person=system&event=staff.added&from=2026-01-01&to=2026-01-31' },
      'exported activity: by the system, event Staff added, from 2026-01-01, and up to 2026-01-31',
    ],
    ['audit.exported', { query: 'deed=staff.added' }, 'exported activity: event Staff added'],
    ['customers.exported', { query: 'sort=-balance' }, 'exported all customers'],
    [
      'customers.exported',
      { query: 'q=ada+b%26c&state=ON&type=enterprise&tag=net+30&sort=email' },
      'exported the customers matching the search “ada b&c”, state ON, team type Enterprise, and tag net 30',
    ],
    ['customers.exported', { query: 'newer=thing' }, 'exported the customers matching newer thing'],
  ])('%s', (event, details, sentence) => {
    expect(says(event, details)).toBe(sentence)
  })

  test('what people wrote is never taken for a pattern', () => {
    expect(says('team.renamed', { from: '{name}', to: "it's {0, plural, one {x}}" })).toBe(
      "renamed team {name} to it's {0, plural, one {x}}",
    )
    expect(says('old.{event}', {})).toBe('unknown event: old.{event}')
  })
})

describe('a row of an older version', () => {
  test.each(['customer.teleported', '__proto__', 'constructor', ''])(
    'with the event "%s" names it',
    (event) => {
      expect(says(event, {})).toBe(`unknown event: ${event}`)
      expect(words(eventLabel(event))).toBe(event)
    },
  )

  test.each([...everyEvent().keys()])('with other facts of %s breaks nothing', (event) => {
    for (const details of [
      {},
      null,
      [],
      'x',
      { changed: 'name' },
      { changed: [] },
      { amount: 'x', before: null },
    ]) {
      expect(says(event, details)).toMatch(/\S/)
      wordedFacts({ event: '', details }, formats, actor)
    }
  })

  test('with facts that miss what the sentence needs says what was done', () => {
    expect(says('balance.refilled', { amount: '1' })).toBe('event: Balance refilled')
    expect(says('customer.changed', { changed: [] })).toBe('event: Customer changed')
    expect(says('staff.added', { email: null, role: 'owner' })).toBe('event: Staff added')
  })
})

describe('what a row remembers', () => {
  test('amounts in money, codes in words, in the order in which one reads them', () => {
    const shown = facts(moved)
    expect(Object.entries(shown)).toEqual([
      ['Account', 'Balance'],
      ['Amount', '-150.00'],
      ['Before', '1,234.50 USD'],
      ['After', '1,084.50 USD'],
      ['Reason', 'Billing error'],
      ['Posting', '01a2072d-49d5-7094-93ef-3dc786be555d'],
    ])
  })

  test('what it has no words for, as it is', () => {
    expect(
      facts({ zeta: { deep: [1] }, on: true, list: ['a', 'b'], none: null, empty: [], role: 'king' }),
    ).toEqual({
      Role: 'king',
      zeta: '{"deep":[1]}',
      on: 'Yes',
      list: 'a and b',
      none: 'None',
      empty: 'None',
    })
  })

  test('a reason that people wrote is theirs, a reason of money is a code', () => {
    expect(facts({ reason: 'other' })).toEqual({ Reason: 'other' })
    expect(facts({ ...moved, reason: 'other' })).toMatchObject({ Reason: 'Other' })
  })
})
