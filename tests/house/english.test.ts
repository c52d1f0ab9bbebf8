import { globSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { english } from '../../src/words/catalogues/en.ts'
import { meanings } from '../../src/words/catalogues/meanings.ts'
import { fileOf, nodesOf, PAPERS, placeOf, sources } from '../support/source.ts'
import { keysIn } from '../words/keys.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** What no page, e-mail, log line, command or paper says, and what it says instead. */
const NOT_SAID: readonly (readonly [RegExp, string])[] = [
  [/\bdeeds?\b/i, 'action, event, activity'],
  [/\bmovements?\b/i, 'posting, entry, change'],
  [/\bwears?\b/i, 'have this tag'],
  [/\bst(and|ood)s? (there|here)\b/i, 'current value'],
  [/\banew\b/i, 'again, new'],
  [/\b(some|any|every)body\b|\bwhoever\b|\bnobody\b/i, 'someone, anyone, everyone, no one'],
  [/\bwas faster\b/i, 'changed by someone else'],
  [/\bmade by\b/i, 'created by'],
  [/\bwho came\b/i, 'registered'],
  [/\bin vain\b/i, 'without effect'],
  [/\b(shall|upon|hereby|thereof)\b/i, 'must, on'],
  [/\bmend(s|ed)?\b/i, 'fix, correct'],
  [/\bbooked\b/i, 'posted'],
  [/(?<!\b[eE]-)\b((a|the|this|that|each|every|another|one|no|\d+) mail(?! server)|mails)\b/, 'e-mail'],
  [/\bemails?\b/i, 'e-mail'],
  [/\b(sign|signed|signing) (in|out) (to|of|as|again)\b/i, 'log in, log out'],
  [/\b(please|successfully|sorry|oops|kindly)\b/i, 'say what happened, and what to do'],
  [/\b(colour|favour|behaviour|cancell|recogni[sz]?s|grey|organis)\w*/i, 'American spelling'],
  [/[a-z]!(\s|$)/, 'a full stop'],
]

/** What is wrong in a text, once what is data or code has been taken out: `code`, {values} and addresses. */
function wrongIn(text: string): string[] {
  const said = text
    .replaceAll(/`[^`]*`/g, ' … ')
    .replaceAll(/\$?\{\w[^{}]*\}/g, ' … ')
    .replaceAll(/\S*[/@=]\S*/g, ' … ')
  return NOT_SAID.flatMap(([word, instead]) => {
    const found = word.exec(said)
    return found ? [`“${found[0]}” (say: ${instead}) in: ${text.slice(0, 120)}`] : []
  })
}

const texts = [...keysIn(root).map(({ text }) => text), ...english.values(), ...meanings.values()]

test('texts for people are plain English, in the words of the field', () => {
  expect(texts.flatMap(wrongIn)).toEqual([])
})

test('pages call the events Activity, as the page of them is called', () => {
  expect(texts.filter((text) => /\baudit\b/i.test(text))).toEqual([])
})

test('so is what the process logs and what commands print', () => {
  const wrong = sources('src/**/*.ts').flatMap((source) =>
    nodesOf(source.tree).flatMap((node) => {
      const text = sentenceIn(node)
      return text ? wrongIn(text).map((why) => `${placeOf(source, node)} ${why}`) : []
    }),
  )
  expect(wrong).toEqual([])
})

test('so are the papers and .env.example', () => {
  const blocks = /^```[\s\S]*?^```/gm
  const paragraphs = [...PAPERS, '.env.example'].flatMap((file) =>
    fileOf(file)
      .replaceAll(blocks, '')
      .split(/\n(?=\n|[-|#]|\d+\. )/)
      .map((paragraph) => paragraph.replaceAll(/\n\s*(# )?/g, ' ')),
  )
  expect(paragraphs.flatMap(wrongIn)).toEqual([])
})

/** Files in which "deed" is a name that rows, facts that wait, addresses from before or a file's readers know. The list may only shrink. */
const KNOW_DEED = [
  'src/audit/events.ts',
  'src/audit/log.ts',
  'src/ledger/codec.ts',
  'src/login-as/session-events.ts',
  'src/portal/audit.ts',
  'tests/audit/events.test.ts',
  'tests/audit/export.test.ts',
  'tests/audit/log.test.ts',
  'tests/house/english.test.ts',
  'tests/ledger/codec.test.ts',
  'tests/ledger/upgrade.test.ts',
  'tests/login-as/sessions.test.ts',
  'tests/support/scene-before.ts',
]

test('code says action for what is done and event for that it was done, never deed', () => {
  const files = globSync('{src,views,public,tests,prisma/demo}/**/*.{ts,js,ejs,css}', {
    cwd: root,
    exclude: ['src/generated/**'],
  })
  expect(files.filter((file) => /deed/i.test(file + fileOf(file))).sort()).toEqual(KNOW_DEED)
})

test('the rule would notice', () => {
  expect(wrongIn('Then a mail to {email} is on its way.')).toHaveLength(1)
  expect(wrongIn('Somebody was faster!')).toHaveLength(3)
  expect(wrongIn('The mail server accepted the e-mail to {mails}. See `mails` and Mails.')).toEqual([])
})

/** The sentence that a piece of code is: a text of several words that begins as one, or is given to the log. */
function sentenceIn(node: ts.Node): string | null {
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return null
  const text = ts.isStringLiteralLike(node) ? node.text : node.getText().slice(1, -1)
  const isLogged = ts.isCallExpression(node.parent) && /\blog\b/.test(node.parent.expression.getText())
  const isSentence = /^[A-Z$].* .*[.:?…,;] ?$/s.test(text) && !/\b(select|insert|update|where)\b/.test(text)
  return isLogged || isSentence ? text : null
}
