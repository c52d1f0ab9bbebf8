import ts from 'typescript'
import { sources } from '../support/source.ts'

/** One tag of a view, or the text between two. */
export interface Piece {
  kind: 'text' | 'code' | 'value' | 'comment'
  text: string
  /** Where it begins in the view. */
  at: number
}

/** Takes a view apart at EJS's tags. */
export function piecesOf(view: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of view.matchAll(/<%([-=_#]?)([\s\S]*?)[-_]?%>/g)) {
    pieces.push({ kind: 'text', text: view.slice(end, match.index), at: end })
    const [whole, sign = '', text = ''] = match
    const kind = sign === '#' ? 'comment' : sign === '=' || sign === '-' ? 'value' : 'code'
    pieces.push({ kind, text, at: match.index + 2 + sign.length })
    end = match.index + whole.length
  }
  return [...pieces, { kind: 'text', text: view.slice(end), at: end }]
}

/** The code of a view as EJS runs it, with what it writes as calls of put(). */
const statementsOf = (view: string) =>
  piecesOf(view)
    .map(({ kind, text }) => (kind === 'code' ? text : kind === 'value' ? `\nput(${text.trim()});` : ''))
    .join('\n')

/** The views by their names. */
export const texts = new Map(sources('views/**/*.ejs').map(({ file, text }) => [file.slice('views/'.length, -'.ejs'.length), text]))

/**
 * The code of a view as TypeScript, whose locals are the names given: a parameter of its own for each, so that the compiler finds a name
 * that nothing gives and one that nothing uses. Each include() is a function of its own within: it sees the page's locals and what
 * it is given, as EJS has it, and none of the constants around the call.
 */
export function codeOf(name: string, given: readonly string[], within: readonly string[] = []): string {
  if (within.includes(name)) throw new Error(`views/${name}.ejs includes itself.`)
  const code = ownCodeOf(name, given)
  const tree = ts.createSourceFile('view.ts', code, ts.ScriptTarget.Latest, true)
  const functions: string[] = []
  const changes: { from: number; to: number; text: string }[] = []
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'include') {
      const [first, passed] = node.arguments
      const names = passed && ts.isObjectLiteralExpression(passed) ? passed.properties.map((one) => one.name?.getText() ?? '') : []
      for (const included of first ? namesIn(first) : []) {
        const own = `include${functions.length}`
        const body = codeOf(included, names, [...within, name])
        functions.push(`function ${own}({ ${names.join(', ')} }: Given) {\n${body}\nreturn ''\n}`)
        changes.push({ from: node.expression.getStart(), to: node.expression.getEnd(), text: own })
      }
      if (first) changes.push({ from: first.getStart(), to: passed ? passed.getStart() : first.getEnd(), text: passed ? '' : '{}' })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  const changed = changes
    .sort((one, other) => other.from - one.from)
    .reduce((text, { from, to, text: next }) => text.slice(0, from) + next + text.slice(to), code)
  return `${functions.join('\n')}\n{\n${changed}\n}`
}

/** The views that an include() may mean. */
function namesIn(first: ts.Expression): string[] {
  if (ts.isStringLiteral(first)) return [first.text]
  throw new Error(`A view includes what only its run can tell: ${first.getText()}`)
}

/**
 * The code of a view as TypeScript once more, for the types: each include() is a function that is called where it
 * stands, so that the compiler infers from the call what it is given. It also sees what surrounds the call, which codeOf() does
 * not let it. `whole0` is an object of the page's locals, `whole1` of those and what an include is given, and so on.
 */
export function typedCodeOf(name: string, given: readonly string[], within: readonly string[] = []): string {
  const code = ownCodeOf(name, given)
  const tree = ts.createSourceFile('view.ts', code, ts.ScriptTarget.Latest, true)
  const level = within.length + 1
  const textOf = (node: ts.Node): string => {
    if (isInclude(node)) {
      const [first, passed] = node.arguments
      const own = passed && ts.isObjectLiteralExpression(passed) ? namesOf(passed) : []
      const all = [...new Set([...given, ...own])]
      return (first ? namesIn(first) : [])
        .map((included) => {
          const argument = passed ? textOf(passed) : '{}'
          const names = `const { ${all.join(', ')} } = whole${level}`
          const whole = `const whole${level} = { ...whole${level - 1}, ...given }\n${names}`
          const body = typedCodeOf(included, all, [...within, name])
          return `((given) => {\n${whole}\n${body}\nreturn ''\n})(${argument})`
        })
        .join(' + ')
    }
    let text = ''
    let end = node.getStart()
    ts.forEachChild(node, (child) => {
      text += code.slice(end, child.getStart()) + textOf(child)
      end = child.getEnd()
    })
    text += code.slice(end, node.getEnd())
    // What a view puts together itself may leave out what its reader takes for optional.
    return ts.isObjectLiteralExpression(node) ? `loose(${text})` : text
  }
  return `{\n${textOf(tree)}\n}`
}

/** The code of a view without what it includes. */
function ownCodeOf(name: string, given: readonly string[]): string {
  const view = texts.get(name)
  if (view === undefined) throw new Error(`There is no views/${name}.ejs.`)
  // locals.name is how a view asks for what it may not be given.
  return statementsOf(view).replaceAll(/\blocals\.(\w+)/g, (asked, local: string) =>
    given.includes(local) ? local : asked,
  )
}

const isInclude = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) && node.expression.getText() === 'include'

const namesOf = (object: ts.ObjectLiteralExpression) =>
  object.properties.flatMap((one) => (one.name ? [one.name.getText()] : []))
