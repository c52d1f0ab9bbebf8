import ejs from 'ejs'
import { shownAddresses } from '../words/email-address.ts'

/** What Express hands to the engine of its views beside a page's own locals. */
interface ExpressLocals {
  settings: { views: string[]; 'view cache'?: boolean }
}

/**
 * Renders a view, for Express. EJS takes its options from nowhere but here, so none of them ever comes from a request. What `<%= %>`
 * writes is escaped, and shows addresses as people read them: no view has to remember that.
 */
export function renderView(
  file: string,
  locals: object,
  done: (error: Error | null, html?: string) => void,
): void {
  const { settings } = locals as ExpressLocals
  const cache = settings['view cache'] ?? false
  ejs.renderFile(file, locals, { views: settings.views, cache, escape: escapeHtml }, done)
}

/** Any value as text within HTML or an attribute's quotes. */
const escapeHtml = (value: unknown) =>
  ejs.escapeXML(typeof value === 'string' ? shownAddresses(value) : (value as string))
