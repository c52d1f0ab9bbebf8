import type { Request, RequestHandler, Response } from 'express'
import type { Form } from '../forms/form.ts'
import { type Sentence, t } from '../words/words.ts'
import { sendPage } from './compression.ts'
import { forgetFailed } from './failed-pages.ts'
import { dropFlash } from './flash.ts'
import { noteRefusal } from './request-log.ts'
import { siteOf } from './site.ts'
import { type Locals, renderView } from './views.ts'
import { type Crumb, crumbsBack, rememberWay, wayBack } from './ways-back.ts'

/** What each page shows, by the name of its view: declared beside the page that renders it. @public */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by those pages
export interface Views {}

/** Where a list goes on, either way; null where it does not. `byTime: false`: it is not the newest that comes first. @public */
export interface Pager {
  newer: string | null
  older: string | null
  byTime?: boolean
}

/** What can be chosen in a field. */
export interface Option {
  value: string
  label: string
}

/** What every page tells its layout, beside its own locals. */
interface PageLocals {
  title: Sentence
  /** A form that is not ok sets the answer's status. */
  form?: Form
  /** The fields of a list's address that are not valid, so that the list is shown without them. */
  ignored?: readonly string[]
  /** Why something was refused, on a page that says nothing else. */
  sentence?: Sentence | null
}

/**
 * Answers with a page: the view, in the layout that its room has chosen. A dialog asks for the same view by a header and gets it in
 * the dialog's layout.
 */
export function page<View extends keyof Views>(res: Response, view: View, locals: PageLocals & Views[View]) {
  if (locals.form) {
    res.status(locals.form.status)
    const { retryAfterSeconds } = locals.form.facts
    if (typeof retryAfterSeconds === 'number') res.set('Retry-After', String(retryAfterSeconds))
  }
  if (locals.ignored?.length) res.status(422)
  if (res.statusCode >= 400) noteRefusal(res, reasonsIn(locals), res.locals.permissionLacking)
  const inDialog = isForDialog(res.req)
  res.vary('X-Requested-With')
  const layout = inDialog ? 'dialog' : (res.locals.layout ?? usualLayout(res.req))
  dropFlash(res)
  if (res.req.method === 'GET' && res.statusCode < 400 && !inDialog) {
    rememberWay(res)
    forgetFailed(res)
  }
  const frameFacts: FrameFacts | undefined = layout === 'portal' ? res.locals.frameFacts : undefined
  if (!frameFacts) return renderIn(res, layout, view, { ...locals, inDialog })
  // The page is whole without what its frame counts.
  const counted = frameFacts().catch(() => ({}))
  counted
    .then((facts) => renderIn(res, layout, view, { ...locals, ...facts, inDialog }))
    .catch((error: unknown) => res.req.next?.(error))
}

/** Whether a page asks for this one to show it over itself. */
export const isForDialog = (req: Request) => req.get('X-Requested-With') === 'purser-dialog'

/** What the page says of why it is not what was asked for; its title, where that is all. */
function reasonsIn({ title, form, sentence, ignored = [] }: PageLocals): Sentence[] {
  if (ignored.length > 0) return [t('Not valid in this address, and ignored: {fields}.', { fields: ignored })]
  if (form) return [...(form.refusal ? [form.refusal] : []), ...Object.values(form.errors)]
  return [sentence ?? title]
}

/** What a room's frame shows beside the page, such as how much waits for somebody: asked only where a page is shown, after its action. */
export type FrameFacts = () => Promise<Record<string, unknown>>

/** What the views of a page tell each other, and what leads back from it. */
export interface FrameLocals {
  /** Filled in by the view while it is rendered, and read by the layout around it. */
  head: {
    crumbs?: Crumb[]
    /** Whom the page is about, under its heading. */
    about?: string
    /** What stands before the title of the window. */
    part?: string
    /** Sentence under the heading. */
    lead?: string
    wide?: boolean
    /** HTML beside the title. */
    mark?: string
    actions?: readonly HeadAction[]
    /** HTML after the actions. */
    menu?: string
  }
  inDialog: boolean
  wayBack: (address: string) => string
  crumbsBack: (crumbs: Crumb[]) => Crumb[]
}

interface HeadAction {
  href: string
  label: string
  icon?: string
  primary?: boolean
  dialog?: boolean
}

function renderIn(res: Response, layout: Layout, view: string, locals: Record<string, unknown>) {
  const broken = (error: Error) =>
    res.locals.whenPageBreaks ? res.locals.whenPageBreaks(error) : res.req.next?.(error)
  // As res.render() has it, but once for both views: it copies a hundred locals for each, three times.
  const all: Locals = Object.assign(Object.create(null), res.app.locals, res.locals, locals, {
    // The view fills it in while it is rendered, and the layout around it reads it.
    head: {},
    wayBack: (address: string) => wayBack(res, address),
    crumbsBack: (crumbs: Crumb[]) => crumbsBack(res, crumbs),
  })
  let html: string
  try {
    html = renderView(`layouts/${layout}`, all, { body: renderView(view, all) })
  } catch (error) {
    return broken(error as Error)
  }
  sendPage(res, html).catch(broken)
}

/** Where nothing was chosen, as for a page that is not there: the layout of the person who asks. */
function usualLayout(req: Request): Layout {
  return req.actor ? siteOf(req) : 'bare'
}

/** The frames that a page may stand in: the staff's, the customers', or none to speak of. */
export type Layout = 'portal' | 'console' | 'bare'

/** Chooses the layout of a room's pages. */
export function inLayout(layout: Layout): RequestHandler {
  return (_req, res, next) => {
    res.locals.layout = layout
    next()
  }
}

/** Answers a GET of an address that only takes POST: the page with its form is elsewhere. */
export function formIsAt(address: (req: Request) => string): RequestHandler {
  return (req, res) => res.redirect(303, address(req))
}
