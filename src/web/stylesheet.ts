import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import postcss, { type Comment, type Declaration, type Root, type Rule } from 'postcss'

const project = path.resolve(import.meta.dirname, '../..')

/** Our own, in public/, in the order in which a later one wins. */
const SHEETS = [
  'base',
  'frame',
  'controls',
  'lists',
  'menus-dialogs',
  'customers',
  'details',
  'audit',
  'ledger',
  'mails',
  'console',
  'invites',
  'login-as',
  'print',
]

/** What may set a class on a page. */
const WHERE_CLASSES_ARE_SET = ['views/**/*.ejs', 'public/*.js', 'src/web/icons.ts']

/**
 * All styles in one sheet: what Purser uses of Tabler, a tenth of it, and our own without its comments. Whatever word stands in a view or
 * a script may be the name of a class, so a class has to stand there whole; one that is put together must be our own.
 */
export function joinedStylesheet(): string {
  const kit = postcss.parse(readFileSync(kitFile, 'utf8'))
  const own = postcss.parse(SHEETS.map((name) => textOf(path.join('public', `${name}.css`))).join('\n'))
  for (const root of [kit, own]) root.walkComments((comment) => void (isLicence(comment) || comment.remove()))
  const users = WHERE_CLASSES_ARE_SET.flatMap((pattern) => globSync(pattern, { cwd: project })).map(textOf)
  dropUnusedRules(kit, new Set(users.join('\n').match(/[\w-]+/g)))
  dropUnusedAnimations(kit, own)
  dropUnusedProperties(kit, [own.toString(), ...users].join('\n'))
  return `${kit.toString()}\n${own.toString()}\n`
}

/** A licence is marked, so that it stays with what it is about. */
const isLicence = ({ text }: Comment) => text.startsWith('!')

const kitFile = path.join(
  path.dirname(fileURLToPath(import.meta.resolve('@tabler/core/package.json'))),
  'dist/css/tabler.min.css',
)

const textOf = (file: string) => readFileSync(path.join(project, file), 'utf8')

const NOT = /:not\((?:[^()]|\([^()]*\))*\)/g
const CLASS = /\.(-?[a-zA-Z_](?:[\w-]|\\.)*)/g

/** Drops selectors that ask for a class that nothing has. What is in :not() it does not ask for. */
function dropUnusedRules(root: Root, used: ReadonlySet<string>) {
  const fits = (selector: string) =>
    [...selector.replaceAll(NOT, '').matchAll(CLASS)].every(([, name = '']) =>
      used.has(name.replaceAll('\\', '')),
    )
  root.walkRules((rule) => {
    if (isStepOfAnimation(rule)) return
    const selectors = rule.selectors.filter(fits)
    if (selectors.length === 0) rule.remove()
    else if (selectors.length < rule.selectors.length) rule.selectors = selectors
  })
  dropEmpty(root)
}

const isStepOfAnimation = ({ parent }: Rule) =>
  parent?.type === 'atrule' && 'name' in parent && /keyframes$/.test(String(parent.name))

function dropUnusedAnimations(kit: Root, own: Root) {
  const played = new Set<string>()
  const note = ({ value }: Declaration) => {
    for (const name of value.match(/[\w-]+/g) ?? []) played.add(name)
  }
  for (const root of [kit, own]) root.walkDecls(/^animation(-name)?$/, note)
  kit.walkAtRules(/keyframes$/, (rule) => {
    if (!played.has(rule.params)) rule.remove()
  })
}

/** Drops custom properties that neither the sheet nor the rest of the code asks for. The last one may have been all that asked for another. */
function dropUnusedProperties(root: Root, rest: string) {
  for (let isDone = false; !isDone;) {
    isDone = true
    const asked = new Set(`${root.toString()}\n${rest}`.match(/(?<=var\(\s*)--[\w-]+/g))
    root.walkDecls(/^--/, (declaration) => {
      if (asked.has(declaration.prop)) return
      declaration.remove()
      isDone = false
    })
  }
  dropEmpty(root)
}

/** Drops rules without declarations, and at-rules without rules. */
function dropEmpty(root: Root) {
  const empty: { remove: () => unknown }[] = []
  do {
    for (const node of empty.splice(0)) node.remove()
    root.walk((node) => {
      if ('nodes' in node && node.nodes?.length === 0) empty.push(node)
    })
  } while (empty.length > 0)
}
