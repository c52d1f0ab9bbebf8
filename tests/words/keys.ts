import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

/** A sentence or word that a translator has to put into another language. */
export interface Key {
  text: string
  /** Which of a word's meanings this is, where the code says so. */
  context: string
  /** Every place in which it stands, as file:line. */
  places: string[]
}

/** What marks a text in the code: t() puts it into words, phrase() names it for one that does later, as zod's schemas. */
const MARKS = new Set(['t', 'phrase'])

/** Every key in the code and the views of the folder `root`, in the alphabet of their texts, each once for each context. */
export function keysIn(root: string): Key[] {
  const keys = new Map<string, Key>()
  const files = globSync(['src/**/*.ts', 'views/**/*.ejs'], { cwd: root, exclude: ['src/generated/**'] })
  for (const file of files.sort()) {
    const text = readFileSync(path.join(root, file), 'utf8')
    const source = ts.createSourceFile(
      file,
      codeIn(file, text),
      ts.ScriptTarget.Latest,
      true,
      ts.ScriptKind.TS,
    )
    for (const { node, text: words, context } of marked(source)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
      const name = `${words}\0${context}`
      const key = keys.get(name) ?? { text: words, context, places: [] }
      key.places.push(`${file}:${line}`)
      keys.set(name, key)
    }
  }
  return [...keys.values()].sort(
    (one, other) =>
      one.text.localeCompare(other.text, 'en') || one.context.localeCompare(other.context, 'en'),
  )
}

/** The sentences in files that use zod, as file:line, which nothing marks for translators: its messages are plain texts. */
export function unmarkedIn(root: string): string[] {
  return globSync(['src/*/**/*.ts'], { cwd: root, exclude: ['src/generated/**', 'src/commands/**'] }).flatMap(
    (file) => {
      const text = readFileSync(path.join(root, file), 'utf8')
      if (!/from 'zod'|from '.*\/form\.ts'/.test(text)) return []
      const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
      const found: string[] = []
      const visit = (node: ts.Node) => {
        if (ts.isCallExpression(node) && MARKS.has(node.expression.getText(source))) return
        // What is thrown is no message: it is for those who read the log.
        if (ts.isNewExpression(node) && node.expression.getText(source).endsWith('Error')) return
        if (ts.isStringLiteralLike(node) && /^[A-Z{].* .*[.?]$/.test(node.text))
          found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${node.text}`)
        ts.forEachChild(node, visit)
      }
      visit(source)
      return found
    },
  )
}

/** A word alone, which can mean many things. */
export const isOneWord = (text: string) => /^\p{L}[\p{L}\p{N}-]*$/u.test(text)

/** The script of a view with each line where it was; a script as it is. */
function codeIn(file: string, text: string): string {
  if (!file.endsWith('.ejs')) return text
  const blank = (html: string) => html.replaceAll(/[^\n]/g, ' ')
  return text
    .replaceAll(/<%#[\s\S]*?%>/g, blank)
    .split(/(<%[-=_]?[\s\S]*?[-_]?%>)/)
    .map((part) =>
      part.startsWith('<%') ? part.replace(/^<%[-=_]?/, ';').replace(/[-_]?%>$/, ';') : blank(part),
    )
    .join('')
}

interface Marked {
  node: ts.Node
  text: string
  context: string
}

function marked(source: ts.SourceFile): Marked[] {
  const found: Marked[] = []
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && MARKS.has(node.expression.getText(source))) {
      const [text, values] = node.arguments
      if (text) for (const one of textsOf(text)) found.push({ ...one, context: contextIn(values) })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** The text itself, put together where it takes several lines, or both of `isOne ? 'text' : 'other'`. */
function textsOf(node: ts.Node): { node: ts.Node; text: string }[] {
  if (ts.isStringLiteralLike(node)) return [{ node, text: node.text }]
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)]
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return []
  return textsOf(node.left).flatMap(({ text }) =>
    textsOf(node.right).map((rest) => ({ node, text: text + rest.text })),
  )
}

function contextIn(values: ts.Expression | undefined): string {
  if (!values || !ts.isObjectLiteralExpression(values)) return ''
  for (const property of values.properties) {
    if (ts.isPropertyAssignment(property) && property.name.getText() === 'context')
      return ts.isStringLiteralLike(property.initializer) ? property.initializer.text : ''
  }
  return ''
}
