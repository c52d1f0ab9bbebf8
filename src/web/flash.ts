import type { NextFunction, Request, Response } from 'express'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from './cookies.ts'
import { type Place, placeOf } from './place.ts'
import type { Sentence } from './words.ts'

export interface Flash {
  /** done: it worked. attention: it worked, and there is something to know. */
  tone: 'done' | 'attention'
  sentence: Sentence
}

/**
 * What the next page says about the deed just done. Kept in a signed cookie and not in the session, so that no request has to
 * write its session back, and so that it works before login. Never put a secret in it. `place`, where the next page is in the other
 * one.
 */
export function flash(
  res: Response,
  sentence: Sentence,
  tone: Flash['tone'] = 'done',
  place: Place = placeOf(res.req),
) {
  const { config } = services(res.req)
  const said = JSON.stringify({ tone, sentence } satisfies Flash)
  res.cookie(cookieName(config, `${place}-flash`), said, {
    ...cookieOptions(config),
    signed: true,
    maxAge: 60_000,
  })
}

/** Takes the flash for this page, once. Runs for pages only: a fragment or a file would swallow it. */
export function takeFlash(req: Request, res: Response, next: NextFunction) {
  const { config } = services(req)
  const name = cookieName(config, `${placeOf(req)}-flash`)
  const said: unknown = req.signedCookies[name]
  res.locals.flash = null
  if (
    said !== undefined &&
    req.method === 'GET' &&
    req.accepts('html') &&
    req.get('X-Requested-With') !== 'purser-dialog'
  ) {
    res.clearCookie(name, cookieOptions(config))
    // A cookie with a wrong signature arrives as false.
    if (typeof said === 'string') res.locals.flash = JSON.parse(said) as Flash
  }
  next()
}
