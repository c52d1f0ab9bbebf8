import type { NextFunction, Request, Response } from 'express'
import { services } from '../services.ts'
import { type Sentence, t } from '../words/words.ts'
import { cookieName, cookieOptions } from './cookies.ts'
import { type SiteName, siteOf } from './site.ts'

export interface Flash {
  /** done: it worked. attention: it worked, and there is something to know. */
  tone: 'done' | 'attention'
  sentence: Sentence
  /** Where what was done can be seen or undone. */
  links?: readonly FlashLink[]
}

export interface FlashLink {
  /** An address of this site. Not shown on that very page. */
  href: string
  label: Sentence
}

/** The way to what was done. */
export const view = (href: string): FlashLink => ({ href, label: t('View') })

/**
 * What the next page says about the action just done. Kept in a signed cookie and not in the session, so that no request has to
 * write its session back, and so that it works before login. Never put a secret in it. `site`, where the next page is on the other
 * one; `links` lead to what was done.
 */
export function flash(
  res: Response,
  sentence: Sentence,
  tone: Flash['tone'] = 'done',
  { site = siteOf(res.req), links }: { site?: SiteName; links?: readonly FlashLink[] } = {},
) {
  const { config } = services(res.req)
  const name = cookieName(config, `${site}-flash`)
  const said: Flash = { tone, sentence, ...(links && { links }) }
  if (site === siteOf(res.req)) SAID.set(res, said)
  res.cookie(name, `${name} ${JSON.stringify(said)}`, {
    ...cookieOptions(config),
    signed: true,
    maxAge: 60_000,
  })
}

const SAID = new WeakMap<Response, Flash>()

/** A page that is shown where a redirect was to come says itself what the page after that would have said. */
export function flashAtOnce(_req: Request, res: Response, next: NextFunction) {
  res.locals.flash = SAID.get(res) ?? null
  next()
}

/** Reads the flash for this page. For pages only: a fragment or a file would swallow it. */
export function takeFlash(req: Request, res: Response, next: NextFunction) {
  const { config } = services(req)
  const name = cookieName(config, `${siteOf(req)}-flash`)
  const said: unknown = req.signedCookies[name]
  res.locals.flash = null
  if (
    said !== undefined &&
    req.method === 'GET' &&
    req.accepts('html') &&
    req.get('X-Requested-With') !== 'purser-dialog'
  ) {
    res.locals.flash = flashOf(said, name)
  }
  next()
}

/** Takes away the flash that a page shows now, so that it is shown once; one that only leads on leaves it to the next. */
export function dropFlash(res: Response) {
  const { config } = services(res.req)
  if (res.locals.flash) res.clearCookie(cookieName(config, `${siteOf(res.req)}-flash`), cookieOptions(config))
}

/**
 * What a cookie of this name says. Its signature, without which it arrives as false, is good for every cookie of ours, so the value
 * begins with the name it was made for: that of another one says nothing.
 */
function flashOf(said: unknown, name: string): Flash | null {
  const isFlash = typeof said === 'string' && said.startsWith(`${name} `)
  return isFlash ? (JSON.parse(said.slice(name.length)) as Flash) : null
}
