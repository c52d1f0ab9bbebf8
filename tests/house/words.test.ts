import path from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import { type HTMLElement, type Node, NodeType } from 'node-html-parser'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { english } from '../../src/words/catalogues/en.ts'
import { meanings } from '../../src/words/catalogues/meanings.ts'
import { catalogues } from '../../src/words/words.ts'
import { type Seen, everyPage } from '../support/pages.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { isOneWord, keysIn, unmarkedIn } from '../words/keys.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** A language that is English in brackets: what stands outside of them was never put into words. */
const inBrackets = (text: string) => `⟦${english.get(text) ?? text}⟧`

/**
 * Greek, because then whatever Intl writes (months, weekdays, countries) has no Latin letter in it. English as well, for the pages
 * before login.
 */
const LANGUAGE = 'el'

/** Columns of text that people wrote, or that is the same in every language: it is shown as it is. */
const DATA = `customers.* teams.* billing_profiles.* tags.name postings.id postings.comment
  postings.note postings.reference staff.email staff.name staff.state_reason mails.to_email resellers.name resellers.slug resellers.address
  resellers.support_email resellers.currency resellers.time_zone resellers.locale one_time_links.email invites.email invites.staff_name login_as.reason postings.actor_name
  audit_rows.actor_name`.split(/\s+/)

let purser: RunningPurser
let pages: Seen[]
let known: string[]

beforeAll(async () => {
  catalogues.set(LANGUAGE, inBrackets)
  catalogues.set('en', inBrackets)
  purser = await startPurser()
  await purser.owner.prisma.reseller.updateMany({ data: { locale: LANGUAGE } })
  pages = await everyPage(purser)
  known = await knownData()
}, 240_000)
afterAll(() => purser.stop())

/** The longest first, so that a name is taken out before a part of it is. */
async function knownData(): Promise<string[]> {
  const client = new pg.Client(purser.database.ownerUrl)
  await client.connect()
  const found = new Set([
    'Purser',
    // What Intl writes in Latin letters in every language.
    'UTC',
    'CFA',
    'CFP',
    'VED – Bolívar Soberano',
    ...Intl.supportedValuesOf('timeZone'),
    ...Intl.supportedValuesOf('currency'),
  ])
  for (const [table, column] of DATA.map((name) => name.split('.'))) {
    const { rows } = await client.query<{ value: string }>(
      `select distinct value from ${table} t, jsonb_each_text(to_jsonb(t)) as fact (field, value)
       where field = coalesce($1, field) and field not in ('state', 'type', 'kind', 'registered_via') and jsonb_typeof(to_jsonb(t) -> field) = 'string' and value ~ '[A-Za-z]'`,
      [column === '*' ? null : column],
    )
    for (const { value } of rows) found.add(value)
  }
  await client.end()
  return [...found].sort((a, b) => b.length - a.length)
}

/** What is left of a text without what was put into words and what people wrote; '' where that is all. */
function leftOver(text: string): string {
  let rest = text
  for (let before = ''; before !== rest;) {
    before = rest
    rest = rest.replace(/⟦[^⟦⟧]*⟧/g, ' ')
  }
  if (!/\p{Script=Latin}/u.test(rest)) return ''
  for (const datum of known) rest = rest.replaceAll(datum, ' ')
  return /\p{Script=Latin}/u.test(rest) ? rest.trim() : ''
}

const SAID = [
  'data-again',
  'data-ended',
  'aria-label',
  'aria-description',
  'title',
  'placeholder',
  'alt',
  'data-approval',
  'data-copied',
  'data-discard',
  'data-failed',
  'data-label',
  'data-other',
]
const UNREAD = new Set(['SCRIPT', 'STYLE', 'TEMPLATE', 'CODE'])

/** All that is read or read out. Of a time only what stands in the page: on hover it has its zone's initials, from Intl. */
function saidBy(node: Node): string[] {
  if (node.nodeType === NodeType.TEXT_NODE) return [node.textContent]
  const { tagName, childNodes, attributes } = node as HTMLElement
  if (UNREAD.has(tagName) || isInitial(node as HTMLElement)) return []
  if (tagName === 'TIME') return childNodes.flatMap(saidBy)
  // Where a long address may break, it is still one.
  if (childNodes.some((child) => (child as HTMLElement).tagName === 'WBR'))
    return [(node as HTMLElement).textContent]
  const said = SAID.filter((name) => name in (attributes ?? {})).map((name) => attributes[name] ?? '')
  return [...said, ...childNodes.flatMap(saidBy)]
}

/** The letter in the place of a picture. */
const isInitial = (element: HTMLElement) =>
  element.getAttribute?.('aria-hidden') === 'true' && [...element.textContent.trim()].length === 1

test('every word on every page comes from a catalogue, or is what people wrote', () => {
  const missed = pages.flatMap(({ name, answer }) => {
    const page = answer.html.querySelector('html') ?? answer.html
    const left = [...new Set(saidBy(page).map(leftOver))].filter(Boolean)
    return left.length > 0 ? [`${name}: ${left.join(' | ')}`] : []
  })
  expect(missed).toEqual([])
})

test('the sweep would notice', () => {
  expect(leftOver('⟦Refilled ⟦bank⟧ 12.00 USD⟧ 23 Νοε 2026')).toBe('')
  expect(leftOver('⟦Balance⟧ now')).toBe('now')
  expect(pages.filter(({ answer }) => !answer.text.includes('⟦')).map(({ name }) => name)).toEqual([])
})

describe('sentences in the code', () => {
  const keys = keysIn(root)

  test('can be read as messages', () => {
    expect(keys.length).toBeGreaterThan(1000)
    const unreadable = keys.filter(({ text }) => {
      try {
        new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true })
        return false
      } catch {
        return true
      }
    })
    expect(unreadable).toEqual([])
  })

  test('that count have a plural in the English catalogue, and it holds nothing else', () => {
    const counting = keys.filter(({ text }) => /\{count\}/.test(text))
    expect(counting.filter(({ text }) => !/\{count, plural,/.test(english.get(text) ?? ''))).toEqual([])
    const texts = new Set(keys.map(({ text }) => text))
    expect([...english.keys()].filter((text) => !texts.has(text))).toEqual([])
  })

  test('of one word say what it means: by a context, or in src/words/catalogues/meanings.ts', () => {
    const alone = keys.filter(({ text, context }) => isOneWord(text) && !context)
    expect(alone.filter(({ text }) => !meanings.has(text)).map(({ text, places }) => [text, places])).toEqual(
      [],
    )
    const words = new Set(alone.map(({ text }) => text))
    expect([...meanings.keys()].filter((word) => !words.has(word))).toEqual([])
    const charge = keys.filter(({ text }) => text === 'Charge').map(({ context }) => context)
    expect(charge).toEqual(['noun', 'verb'])
  })

  test('that zod says are found as the others are', () => {
    expect(keys.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['This field is required.', 'Use at most {max} characters.']),
    )
    expect(unmarkedIn(root)).toEqual([])
  })
})
