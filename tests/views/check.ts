import path from 'node:path'
import ts from 'typescript'
import { codeOf, texts, typedCodeOf } from './code.ts'

/** Where the views' code stands as if it were a file: beside the pages, so that it imports as they do. */
const root = path.resolve(import.meta.dirname, '../..')
const AT = path.join(root, 'src/views')

/** What is wrong with these views, or with all of them: a name that nothing gives, a local that is given and not used, a use that its type does not have. */
export function faultsOfViews(names?: readonly string[]): string[] {
  const { options: strict, fileNames } = configOf(path.join(root, 'tsconfig.json'))
  // A view is EJS: its functions cannot say what they take.
  const options = { ...strict, noImplicitAny: false, strictNullChecks: false }
  const views = new Map<string, string>()
  const first = ts.createProgram(fileNames, options)
  views.set(path.join(AT, 'common.d.ts'), commonOf(first))
  for (const [name, locals] of localsByView(first))
    if (!names || names.includes(name)) {
      views.set(fileOfView(name), moduleOf(name, locals))
      views.set(fileOfView(name, TYPED), typedModuleOf(name, locals))
    }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (file) => views.has(file) || fileExists(file)
  host.readFile = (file) => views.get(file) ?? readFile(file)
  host.getSourceFile = (file, target, ...others) => {
    const text = views.get(file)
    return text === undefined ? (first.getSourceFile(file) ?? getSourceFile(file, target, ...others)) : ts.createSourceFile(file, text, target, true)
  }
  const program = ts.createProgram([...fileNames, ...views.keys()], options, host, first)
  const faults = [...views.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)
    if (!source) return [`${file} cannot be read.`]
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    const told = file.endsWith(TYPED) ? found.filter(({ code }) => !ABOUT_NAMES.has(code)) : found
    return told.map(({ messageText, start = 0 }) => {
      const line = source.text.slice(source.text.lastIndexOf('\n', start) + 1).split('\n')[0] ?? ''
      const view = path.relative(AT, file).replace(TYPED, '.ts')
      return `${view}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}  [${line.trim().slice(0, 100)}]`
    })
  })
  return [...new Set(faults)]
}

/** How the file ends in which a view is checked for its types. Its names are looked at in the other. */
const TYPED = '.typed.ts'
/** Cannot find a name, or did you mean another; a name that is declared and never read, or all of several. */
const ABOUT_NAMES = new Set([2304, 2552, 6133, 6192, 6196, 6198, 6199])

const isLayout = (name: string) => /^layouts\/[^_]/.test(name)
const fileOfView = (name: string, ending = '.ts') =>
  path.join(AT, `${name.replaceAll('/', '.')}${ending}`)

function configOf(file: string) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault: ts.Diagnostic) => { throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, ' ')) } }
  const config = ts.getParsedCommandLineOfConfigFile(file, {}, host)
  if (!config) throw new Error(`${file} cannot be read.`)
  return config
}

/** The names that an interface of ours has. */
function namesOf(program: ts.Program, file: string, called: string): ts.Symbol[] {
  const source = program.getSourceFile(path.join(root, file))
  const checker = program.getTypeChecker()
  const found = source && checker.getSymbolAtLocation(source)?.exports?.get(ts.escapeLeadingUnderscores(called))
  if (!found) throw new Error(`${file} has no ${called}.`)
  return checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(found))
}

/** The names that each page gives its view; of a layout what it stands around. */
function localsByView(program: ts.Program): Map<string, string[]> {
  const checker = program.getTypeChecker()
  const layouts = [...texts.keys()].filter(isLayout).map((name) => [name, ['body']] as const)
  const pages = namesOf(program, 'src/web/page.ts', 'Views').map((view) => {
    const names = checker.getPropertiesOfType(checker.getTypeOfSymbol(view)).map(({ name }) => name)
    return [view.name, names] as const
  })
  return new Map([...layouts, ...pages].map(([name, names]) => [name, [...names]]))
}

/** What every view may use, as global names. */
function commonOf(program: ts.Program): string {
  const common = namesOf(program, 'src/people/page-locals.ts', 'CommonLocals').map(({ name }) => name)
  return `
import type { CommonLocals } from '../people/page-locals.ts'
import type { Sentence } from '../words/words.ts'
declare global {
  /** What an include is given is told by its own comment. */
  type Given = any
  const put: (value: unknown) => void
  const loose: <Literal>(value: Literal) => Literal & Record<string, Given>
  const title: Sentence
  const ignored: readonly string[]
  const locals: Given
  ${common.map((name) => `const ${name}: CommonLocals['${name}']`).join('\n  ')}
}`
}

/** The code of a page's view as a module. */
function moduleOf(name: string, locals: readonly string[]): string {
  const given = isLayout(name) ? 'Record<string, string>' : `Views['${name}']`
  return `import type { Views } from '../web/page.ts'
export type All = Views
export function view({ ${locals.join(', ')} }: ${given}) {
${codeOf(name, locals)}
}`
}

/** The same for the types of what includes are given. */
function typedModuleOf(name: string, locals: readonly string[]): string {
  const given = isLayout(name) ? '{ body: string }' : `Views['${name}']`
  return `import type { Views } from '../web/page.ts'
export type All = Views
export function view(whole0: ${given}) {
const { ${locals.join(', ')} } = whole0
${typedCodeOf(name, locals)}
}`
}
