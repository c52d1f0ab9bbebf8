import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type HTMLElement, type Node, NodeType } from 'node-html-parser'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { joinedStylesheet } from '../../src/web/stylesheet.ts'
import { english } from '../../src/words/catalogues/en.ts'
import { catalogues } from '../../src/words/words.ts'
import { type Seen, everyPage } from '../support/pages.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

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
  purser = await startPurser({ atLocalhost: true })
  await purser.owner.prisma.reseller.updateMany({ data: { locale: LANGUAGE } })
  pages = await everyPage(purser)
  known = await knownData()
  // What a script will fill in and put into the page is not in it yet.
  for (const { answer } of pages)
    for (const template of answer.html.querySelectorAll('template')) template.remove()
}, 240_000)
afterAll(() => purser.stop())

/** Runs a look over every page; a line for each page with what it found. */
function faults(look: (html: HTMLElement, seen: Seen) => (string | false | null | undefined)[]): string[] {
  return pages.flatMap((seen) => {
    const found = look(seen.answer.html, seen).filter((fault) => typeof fault === 'string')
    return found.length > 0 ? [`${seen.name}: ${[...new Set(found)].join('; ')}`] : []
  })
}

const short = (element: HTMLElement) => element.toString().replace(/\s+/g, ' ').slice(0, 90)
const attributesOf = (html: HTMLElement) =>
  html.querySelectorAll('*').flatMap((element) => Object.entries(element.attributes))

test('the sweep saw pages of every kind', () => {
  const statuses = new Set(pages.map(({ answer }) => answer.status))
  expect([...statuses]).toEqual(expect.arrayContaining([200, 403, 404, 410, 422]))
  expect(pages.some(({ isDialog }) => isDialog)).toBe(true)
  const titles = new Set(pages.map(({ answer }) => titleOf(answer.html).split(' · ')[0]?.trim()))
  expect([...titles]).toEqual(expect.arrayContaining(HARD_TO_REACH))
})

/** Without the brackets. */
const titleOf = (html: HTMLElement) => html.querySelector('title')?.textContent.replace(/[⟦⟧]/g, '') ?? ''

/** Pages that are shown in some state only, and at an address that shows something else otherwise. */
const HARD_TO_REACH = [
  'Where do you want to log in?',
  'Choose your own password',
  'Your account is turned off',
  'ReadOnly Login has ended',
  'This login is no longer valid',
  'This invite cannot be used',
  'Check your e-mail',
]

test('no page is a bug', () => {
  expect(pages.filter(({ answer }) => answer.status >= 500).map(({ name }) => name)).toEqual([])
})

test('no page shows what only programs say', () => {
  const wrong = faults((html) => {
    const attributes = attributesOf(html).map(([, value]) => value)
    return [html.textContent, ...attributes].map(
      (text) => /\bundefined\b|\bNaN\b|\[object |\bInvalid Date\b/.exec(text)?.[0],
    )
  })
  expect(wrong).toEqual([])
})

test('no page has inline styles or scripts, or anything from elsewhere', () => {
  const wrong = faults((html) => [
    ...html.querySelectorAll('[style], style').map(short),
    ...html.querySelectorAll('script').map((script) => script.textContent.trim() !== '' && short(script)),
    ...attributesOf(html).map(([name]) => /^on/i.test(name) && name),
    ...attributesOf(html).map(
      ([name, value]) =>
        /^(href|src|action|formaction|srcset|data|poster)$/.test(name) &&
        !/^(\/(?!\/)|#|\?|mailto:[^?]+$)/.test(value) &&
        `${name}="${value}"`,
    ),
  ])
  expect(wrong).toEqual([])
})

test('the stylesheet has kept every class of the kit that a page uses', () => {
  const kit = readFileSync(fileURLToPath(import.meta.resolve('@tabler/core/dist/css/tabler.css')), 'utf8')
  const classesIn = (sheet: string) => new Set(sheet.match(/(?<=\.)[a-z][\w-]*(?=[^{}]*\{)/g))
  const [ofKit, kept] = [classesIn(kit), classesIn(joinedStylesheet())]
  expect(ofKit.size).toBeGreaterThan(1000)
  const wrong = faults((html) =>
    html
      .querySelectorAll('[class]')
      .flatMap(({ classNames }) => classNames.split(/\s+/))
      .map((name) => ofKit.has(name) && !kept.has(name) && name),
  )
  expect(wrong).toEqual([])
})

test('every page has a language, a title and one heading; a dialog has a heading to be named by', () => {
  const wrong = faults((html, { isDialog }) => {
    if (isDialog) {
      return [
        html.querySelectorAll('h2#dialog-title').length !== 1 && 'no heading',
        html.querySelector('html, h1') && 'a frame',
      ]
    }
    return [
      !html.querySelector('html[lang]')?.getAttribute('lang') && 'no language',
      !html.querySelector('title')?.textContent.trim() && 'no title',
      html.querySelectorAll('h1').length !== 1 && `${html.querySelectorAll('h1').length} headings`,
      html.querySelectorAll('main').length !== 1 && 'no main part',
    ]
  })
  expect(wrong).toEqual([])
})

test('every form that posts carries its token, and no other does', () => {
  const wrong = faults((html) =>
    html.querySelectorAll('form').map((form) => {
      const tokens = form
        .querySelectorAll('input[name="csrf"][value]')
        .filter((input) => input.getAttribute('value'))
      const posts = form.getAttribute('method')?.toLowerCase() === 'post'
      if (!form.getAttribute('action')) return `no action: ${short(form)}`
      return tokens.length !== (posts ? 1 : 0) && `${tokens.length} tokens: ${short(form)}`
    }),
  )
  expect(wrong).toEqual([])
})

test('every field has a label, every button and link a name', () => {
  const wrong = faults((html) => {
    const isLabelled = (control: HTMLElement) => {
      const id = control.getAttribute('id')
      const label = id && html.querySelector(`label[for="${id}"]`)
      return Boolean(nameOf(html, control) || label || control.closest('label')?.textContent.trim())
    }
    return [
      ...html
        .querySelectorAll('input:not([type="hidden"]), select, textarea')
        .map((control) => !isLabelled(control) && short(control)),
      ...html.querySelectorAll('button, a').map((element) => !nameOf(html, element) && short(element)),
      // Within a form it would send that.
      ...html
        .querySelectorAll('form button')
        .map((button) => !button.getAttribute('type') && `no type: ${short(button)}`),
      ...html.querySelectorAll('img:not([alt])').map(short),
      // Browsers read addresses by rules of their own.
      ...html.querySelectorAll('[type=email]').map(short),
      // So that a telephone shows the keyboard with the @.
      ...html
        .querySelectorAll('form[method="post"] input[name="email"][type="text"]:not([inputmode="email"])')
        .map(short),
      ...html
        // One with role="none" groups nothing: it switches off what is in it.
        .querySelectorAll('fieldset:not([role="none"])')
        .map(
          (set) => !set.children.some(({ tagName }) => tagName === 'LEGEND') && `no legend: ${short(set)}`,
        ),
      ...html
        .querySelectorAll('table')
        .map((table) => !table.querySelector('th') && `no heading: ${short(table)}`),
    ]
  })
  expect(wrong).toEqual([])
})

function nameOf(html: HTMLElement, element: HTMLElement): string {
  const elsewhere = element
    .getAttribute('aria-labelledby')
    ?.split(' ')
    .map((id) => html.getElementById(id)?.textContent)
  return (element.getAttribute('aria-label') || elsewhere?.join(' ') || element.textContent).trim()
}

test('ids are unique, and what refers to one finds it', () => {
  const wrong = faults((html, { isDialog }) => {
    const ids = html.querySelectorAll('[id]').map((element) => element.getAttribute('id') ?? '')
    const twice = ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `#${id} twice`)
    const references = attributesOf(html)
      .filter(([name]) =>
        /^(for|list|form|popovertarget|aria-(labelledby|describedby|controls|owns))$/.test(name),
      )
      .flatMap(([, value]) => value.split(' '))
    const inPage = html
      .querySelectorAll('[href^="#"], [data-copy^="#"]')
      .map((element) => (element.getAttribute('href') ?? element.getAttribute('data-copy') ?? '').slice(1))
    const nowhere = [...references, ...inPage].filter((id) => !ids.includes(id)).map((id) => `#${id} nowhere`)
    return isDialog ? twice : [...twice, ...nowhere]
  })
  expect(wrong).toEqual([])
})

test('headings go down one step at a time', () => {
  const wrong = faults((html) => {
    const levels = html
      .querySelectorAll('h1, h2, h3, h4, h5, h6')
      .map(({ tagName }) => Number(tagName.slice(1)))
    return levels.map(
      (level, place) => place > 0 && level > (levels[place - 1] ?? 0) + 1 && `h${level} too deep`,
    )
  })
  expect(wrong).toEqual([])
})

test('nothing that is personal is kept by a browser, and the rules for scripts go with every page', () => {
  const wrong = faults((_html, { answer: { headers } }) => {
    const policy = headers.get('Content-Security-Policy') ?? ''
    return [
      headers.get('Cache-Control') !== 'no-store' && `Cache-Control: ${headers.get('Cache-Control')}`,
      !policy.includes("default-src 'none'") && 'no policy',
      /unsafe|\*|https?:/.test(policy) && policy,
      headers.get('X-Content-Type-Options') !== 'nosniff' && 'may be sniffed',
      !/\bcamera=\(\).*\bgeolocation=\(\)/.test(headers.get('Permissions-Policy') ?? '') &&
        'may ask for a camera',
      !/\bpublickey-credentials-get=\(self\)/.test(headers.get('Permissions-Policy') ?? '') && 'no passkeys',
      headers.has('X-Powered-By') && 'tells what it runs on',
    ]
  })
  expect(wrong).toEqual([])
})

test('what was typed is shown as text, never as markup', () => {
  // As the cast types it: see hostile names in tests/support/pages.ts. Pages have a <b> of their own, for marks.
  const typed = (html: HTMLElement) =>
    html.querySelectorAll('b').filter(({ rawText }) => rawText.includes(`&"'`))
  expect(faults((html) => typed(html).map(short))).toEqual([])
})

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

/** Texts that were looked at: most stand on many pages. */
const looked = new Map<string, string>()

/** What is left of a text without what was put into words and what people wrote; '' where that is all. */
function leftOver(text: string): string {
  const left = looked.get(text) ?? lookAt(text)
  looked.set(text, left)
  return left
}

function lookAt(text: string): string {
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
