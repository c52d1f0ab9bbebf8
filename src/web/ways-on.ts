import type { Request } from 'express'
import { lastWorked } from './failed-pages.ts'
import { localAddress } from './local-address.ts'
import { siteOf } from './site.ts'
import { cameFrom } from './ways-back.ts'

/** Where a page leads on to that only says why something was refused. */
export interface WaysOn {
  /** The same page once more; null where it would be refused once more, too. */
  again: string | null
  /** The form once more as it was sent, without its secrets; null where nothing was sent, or it would be refused once more, too. */
  sendAgain: { address: string; fields: [name: string, value: string][] } | null
  /** The page that one came from, or the last one before it that worked, or that the form is on; null where nobody knows it. */
  back: string | null
}

/** What helps after a while, or once one has looked again. */
const PASSES: ReadonlySet<number> = new Set([409, 429, 500, 503])

const SECRET = /password|^current$|^token$|^code$/i

/** The ways on from an answer of this status. A form is offered once more only where nothing was wrong with it. */
export function waysOn(req: Request, status: number): WaysOn {
  const address = localAddress(req.originalUrl, siteOf(req))
  const isForm = req.method === 'POST'
  return {
    again: !isForm && PASSES.has(status) && address ? address : null,
    sendAgain: status === 503 ? kept(req) : null,
    // A form that is not there has no page either.
    back: aboveGone(req, status) ?? backTo(req) ?? (isForm && status !== 404 && address ? address : null),
  }
}

/**
 * Where a form was about something that has gone meanwhile, as by another tab, and so has the page that it was sent from: what that was in, by
 * its address. Null for anything else.
 */
function aboveGone(req: Request, status: number): string | null {
  const route = (req.route as { path?: unknown } | undefined)?.path
  const from = cameFrom(req)
  if (status !== 404 || req.method !== 'POST' || !(req.actor as unknown) || !from) return null
  if (typeof route !== 'string') return null
  const [words, said] = [route.split('/'), (req.originalUrl.split('?')[0] as string).split('/')]
  const ids = [...words.keys()].filter((place) => words[place]?.startsWith(':'))
  const [outer, inner] = [ids.at(-2), ids.at(-1)]
  if (inner === undefined || !`${from.path}/`.startsWith(`${said.slice(0, inner + 1).join('/')}/`))
    return null
  return said.slice(0, outer === undefined ? inner : outer + 1).join('/')
}

/** A form as it was sent, without its secrets, for a page that offers to send it again; null for anything else. */
export function kept(req: Request): WaysOn['sendAgain'] {
  const address = req.method === 'POST' && localAddress(req.originalUrl, siteOf(req))
  return address ? { address, fields: fieldsOf(req.body) } : null
}

/** The page of this site that led here, where it is another one, or the last one before it that worked. */
function backTo(req: Request): string | null {
  const address = cameFrom(req)?.address
  const from = address ? lastWorked(req, address) : null
  return from && (req.method === 'POST' || from !== req.originalUrl) ? from : null
}

function fieldsOf(body: unknown): [string, string][] {
  return Object.entries((body ?? {}) as Record<string, unknown>)
    .filter(([name]) => !SECRET.test(name))
    .flatMap(([name, value]) =>
      [value].flat().flatMap((one): [string, string][] => (typeof one === 'string' ? [[name, one]] : [])),
    )
}
