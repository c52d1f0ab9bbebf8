import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { PERMISSIONS, type Permission, permissionSentence } from '../../src/people/permissions.ts'
import { ROLES, ROLE_IDS } from '../../src/people/roles.ts'
import { fileOf, PAPERS, sources } from '../support/source.ts'

/** The address of a heading, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '')
const headingsOf = (text: string) =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title)

test('the README is a page, not a book', () => {
  const lines = fileOf('README.md').split('\n')
  expect(lines.length).toBeLessThanOrEqual(200)
  expect(lines.filter((line) => [...line].length > 120)).toEqual([])
})

test('every link in a paper leads somewhere', () => {
  const dead = PAPERS.flatMap((paper) => {
    const text = withoutCode(fileOf(paper))
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"/g)].map(
      ([, link, picture]) => link ?? picture ?? '',
    )
    return links
      .filter((to) => !/^https?:/.test(to))
      .filter((to) => {
        const [file = '', anchor] = to.split('#')
        const target = file === '' ? paper : path.join(path.dirname(paper), file)
        if (!existsSync(target)) return true
        return anchor !== undefined && !headingsOf(fileOf(target)).map(anchorOf).includes(anchor)
      })
      .map((to) => `${paper}: ${to}`)
  })
  expect(dead).toEqual([])
})

describe('decisions', () => {
  const decisions = PAPERS.filter((paper) => /^docs\/decisions\/\d/.test(paper))

  test('have a context, a decision and consequences each, and a date', () => {
    expect(decisions.length).toBeGreaterThan(100)
    for (const paper of decisions) {
      const text = fileOf(paper)
      const [title, ...parts] = headingsOf(text)
      expect(title, paper).toBeTruthy()
      expect(parts.slice(0, 3), paper).toEqual(['Context', 'Decision', 'Consequences'])
      expect(text, paper).toMatch(/^20\d\d-\d\d-\d\d · /m)
      for (const part of text.split(/^## .+$/m).slice(1)) expect(part.trim(), paper).not.toBe('')
    }
  })

  test('name the decision that replaced them, not a place on a page', () => {
    const wrong = decisions.filter((paper) => {
      const [, replacedBy] = fileOf(paper).split('## Superseded by\n')
      return replacedBy !== undefined && !/\]\(\d{4}-[\w-]+\.md\)/.test(replacedBy)
    })
    expect(wrong).toEqual([])
  })

  test('have a number each, and are all in the list', () => {
    const list = fileOf('docs/decisions/README.md')
    expect(decisions.filter((paper) => !list.includes(`(${path.basename(paper)})`))).toEqual([])
    const numbers = decisions.map((paper) => path.basename(paper).slice(0, 4))
    expect(new Set(numbers).size).toBe(numbers.length)
  })
})

test('nothing refers to a paper that is not in the repository', () => {
  const files = [
    ...PAPERS,
    'prisma/schema.prisma',
    ...sources('{src,tests,prisma,views,public}/**/*.{ts,ejs,js,css}').map(({ file }) => file),
  ]
  const absent = files
    .filter((file) => !file.endsWith('papers.test.ts'))
    .filter((file) => /\b(specification|the design|(issue|section|item) #?\d+)('s)?\b/i.test(fileOf(file)))
  expect(absent).toEqual([])
  const wrong = files.flatMap((file) =>
    [...fileOf(file).matchAll(/\b[\w-]+\.md\b/g)]
      .map(([name]) => name)
      .filter((name) => !PAPERS.some((paper) => path.basename(paper) === name))
      .map((name) => `${file}: ${name}`),
  )
  expect(wrong).toEqual([])
})

/** A row of a table is one line and cannot be wrapped. */
const columnsFor = (line: string) => (line.startsWith('|') ? 140 : 120)

test('lines fit a window', () => {
  const long = PAPERS.flatMap((paper) =>
    fileOf(paper)
      .split('\n')
      .flatMap((line, index) => ([...line].length > columnsFor(line) ? [`${paper}:${index + 1}`] : [])),
  )
  expect(long).toEqual([])
})

test('what each role may do is what the table of roles says', () => {
  const roles = ROLE_IDS.map((id) => ROLES[id])
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const table = [
    row(['', ...roles.map(({ name }) => name.text)]),
    `|---|${':-:|'.repeat(roles.length)}`,
    ...PERMISSIONS.map((permission) => {
      const has = (permissions: readonly Permission[]) => (permissions.includes(permission) ? '✓' : '')
      return row([permissionSentence(permission).text, ...roles.map(({ permissions }) => has(permissions))])
    }),
  ]
  const summaries = roles.map(({ name, summary }) => `- **${name.text}**: ${summary.text}`)
  const [, shown = ''] = fileOf('docs/roles-and-terms.md').split(/^## .*\n/m)
  expect(shown.replaceAll('\n  ', ' ')).toContain([...summaries, '', ...table, ''].join('\n'))
})
