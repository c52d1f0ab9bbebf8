import { readFileSync } from 'node:fs'
import path from 'node:path'
import ejs from 'ejs'
import { shownAddresses } from '../words/email-address.ts'

declare module 'ejs' {
  interface Options {
    /** Takes the locals as they are given, with what they inherit. @types/ejs does not know it yet. */
    unsafePrototypeLocals?: boolean
  }
}

/** What Express hands to the engine of its views beside a page's own locals. */
interface ExpressLocals {
  settings: { views: string; 'view cache'?: boolean }
}

/** Renders a view, for Express. Templates are kept in memory; in development each page reads them anew. */
export function renderView(
  file: string,
  locals: object,
  done: (error: Error | null, html?: string) => void,
): void {
  const { settings } = locals as ExpressLocals
  const templates = settings['view cache'] ? kept : new Map<string, ejs.TemplateFunction>()
  let html: string
  try {
    // Without Object.prototype, so that no name in a view means one of its properties.
    html = render(file, Object.assign(Object.create(null), locals), { templates, folder: settings.views })
  } catch (error) {
    return done(error as Error)
  }
  done(null, html)
}

interface Views {
  /** Compiled, by their files. */
  templates: Map<string, ejs.TemplateFunction>
  /** What includes are named from. */
  folder: string
}

const kept: Views['templates'] = new Map()

/**
 * A view with its includes, each of which inherits the locals around it. EJS's own include() copies all of them twice and looks for the
 * file on disk, for each field and each row: it took 38 % of the time of a page with a list.
 */
function render(file: string, locals: ejs.Data, views: Views): string {
  // The nearest name wins in a view: this one over EJS's own.
  locals.include = (name: string, given?: object) => {
    const inner = Object.assign(Object.create(locals), given)
    return render(path.join(views.folder, `${name}.ejs`), inner, views)
  }
  return templateOf(file, views.templates)(locals)
}

/** A browser sees one blank in it; in a row it would be sent fifty times. Line breaks stay, so that a fault names its line. */
const INDENTATION = /\n[ \t]+/g

/** EJS takes its options from nowhere but here, so none of them ever comes from a request. */
function templateOf(filename: string, templates: Views['templates']): ejs.TemplateFunction {
  const known = templates.get(filename)
  if (known) return known
  // The locals inherit from each other only, see renderView().
  const options = { filename, escape: escapeHtml, unsafePrototypeLocals: true }
  const template = ejs.compile(readFileSync(filename, 'utf8').replaceAll(INDENTATION, '\n'), options)
  templates.set(filename, template)
  return template
}

/**
 * Any value as text within HTML or an attribute's quotes. Addresses are shown as people read them: no view has to remember that.
 */
const escapeHtml = (value: unknown) =>
  ejs.escapeXML(typeof value === 'string' ? shownAddresses(value) : (value as string))
