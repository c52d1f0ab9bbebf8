import { readFileSync } from 'node:fs'
import path from 'node:path'
import ejs from 'ejs'
import { shownAddresses } from '../words/email-address.ts'
import { freeNamesIn } from './free-names.ts'
import { REMEMBERED, remembered, steadyOf } from './remembered.ts'

/**
 * Renders a view of Express's folder for the locals of its page, which have no prototype, so that no name in a view means one of its
 * properties. `given`: as to an include. Templates are kept in memory; in development each page reads them anew.
 */
export function renderView(name: string, page: Locals, given: Locals = {}): string {
  const settings = page.settings as { views: string; 'view cache'?: boolean }
  let views = settings['view cache'] ? kept : undefined
  if (views?.folder !== settings.views) views = { folder: settings.views, templates: new Map() }
  if (settings['view cache']) kept = views
  return templateOf(name, views)(page, given)
}

/** Gives the HTML of a view, for the locals of its page and what includes were given on the way to it, which come first. */
type Template = (page: Locals, given: Locals) => string

export type Locals = Record<string, unknown>

interface Views {
  /** What views are named from. */
  folder: string
  /** Compiled, by their names. */
  templates: Map<string, Template>
}

let kept: Views | undefined

const EXTENSION = '.ejs'

/** A browser sees one blank in it; in a row it would be sent fifty times. Line breaks stay, so that a fault names its line. */
const INDENTATION = /\n[ \t]+/g

/** A line, or several, of nothing but code or comment: by the minus EJS leaves out the line break behind it. The one before it stays. */
const CODE_ALONE = /(?<=\n)((?:<%(?![-=%])(?:(?!%>)[^])*%>)*<%(?![-=%])(?:(?!%>)[^])*)(?<!-)%>\n/g

/** A view without what nobody sees. */
const withoutBlanks = (text: string) => text.replaceAll(INDENTATION, '\n').replaceAll(CODE_ALONE, '$1-%>\n')

/** EJS takes its options from nowhere but here, so none of them ever comes from a request. */
function templateOf(name: string, views: Views): Template {
  const known = views.templates.get(name)
  if (known) return known
  const file = path.join(views.folder, `${name}${EXTENSION}`)
  const source = sourceOf(withoutBlanks(readFileSync(file, 'utf8')), file)
  const make = new Function(
    'escapeFn',
    'includeIn',
    'missing',
    'failIn',
    `${source}\n//# sourceURL=${file}`,
  ) as Make
  const template = make(escapeHtml, includeIn(views), missing, failIn(file))
  views.templates.set(name, template)
  return template
}

type Make = (
  ...tools: [typeof escapeHtml, ReturnType<typeof includeIn>, typeof missing, ReturnType<typeof failIn>]
) => Template

/**
 * A template as JavaScript. Each name that it uses is read once, at its beginning. EJS's own way is `with`, which looks names up
 * wherever they are used and keeps V8 from optimizing: a list took a third longer.
 */
function sourceOf(text: string, filename: string): string {
  const template = new ejs.Template(text, { filename, _with: false })
  template.compile()
  const names = freeNamesIn(template.source)
  const read = names
    .filter((name) => !OF_TEMPLATES.has(name))
    .map((name) => {
      // What every object has is nothing that was given.
      const isGiven = name in Object.prototype ? `Object.hasOwn(given, '${name}')` : `'${name}' in given`
      return `let ${name} = ${isGiven} ? given.${name} : page.${name}
        if (${name} === undefined) ${name} = missing(page, given, '${name}')`
    })
  return `return (page, given) => {
    let __line = 1
    ${names.includes('include') ? 'const include = (name, more) => includeIn(page, given, name, more)' : ''}
    ${names.includes('locals') ? 'const locals = Object.assign(Object.create(page), given)' : ''}
    try {
      ${read.join('\n')}
      {
        ${template.source}
      }
    } catch (error) { failIn(error, __line) }
  }`
}

/** What no local is: a template has it from EJS or from sourceOf(). */
const OF_TEMPLATES = new Set(['locals', 'include', 'escapeFn', '__line', 'undefined'])

/**
 * A view's includes, each of which has what is around it as well. EJS's own include() copies all of a page's sixty locals twice and looks
 * for the file on disk, for each field and each row: it took 38 % of the time of a page with a list. Objects that inherit from each
 * other are no cheaper way than two objects: V8 makes a hidden class for each.
 */
const includeIn = (views: Views) => (page: Locals, given: Locals, name: string, more?: object) => {
  const template = templateOf(name, views)
  if (REMEMBERED.has(name)) {
    const write = () => template(steadyOf(page), { ...more })
    return views === kept ? remembered(name, page, more ?? {}, write) : write()
  }
  return template(page, more ? { ...given, ...more } : given)
}

/** What a name means that has no value: one that JavaScript has, or a fault. Nothing is printed where a page forgot to give something. */
function missing(page: Locals, given: Locals, name: string): unknown {
  if (Object.hasOwn(given, name) || name in page) return undefined
  if (name in globalThis) return globalThis[name as keyof typeof globalThis]
  throw new ReferenceError(`${name} is not defined`)
}

/** Throws an error again that says where in a view it happened. Around an include, this adds the place that included it. */
const failIn = (file: string) => (error: unknown, line: number) => {
  if (error instanceof Error) error.message = `${file}:${line}\n${error.message}`
  throw error
}

/**
 * Any value as text within HTML or an attribute's quotes. Addresses are shown as people read them: no view has to remember that.
 */
function escapeHtml(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? shownAddresses(value) : String(value)
  // Most texts have nothing to replace, and a list has over a thousand.
  return SPECIAL.test(text) ? ejs.escapeXML(text) : text
}

const SPECIAL = /[&<>'"]/
