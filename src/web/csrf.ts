import { doubleCsrf } from 'csrf-csrf'
import type { NextFunction, Request, Response } from 'express'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from './cookies.ts'
import { type Place, placeOf } from './place.ts'
import { Refusal } from './refusal.ts'
import { t } from './words.ts'

/**
 * Gives pages the token of every form: a signed double-submit cookie (OWASP), bound to the session once there is one. A visitor has
 * the cookie only, so that looking at the login page makes no session row.
 */
export function csrfTokens(req: Request, res: Response, next: NextFunction) {
  const { tokens } = protectionFor(req)
  // Made once for a page: each making would set another cookie, and only the last form's token would fit it.
  let token: string | undefined
  res.locals.csrf = () => (token ??= tokens(req, res, { validateOnReuse: false }))
  next()
}

/** Refuses, 403, what was not sent by a form of ours: by its token and its Origin. */
export function csrfProtection(req: Request, res: Response, next: NextFunction) {
  if (SAFE.has(req.method)) return next()
  if (!originFits(req)) return next(stale(req))
  protectionFor(req).protect(req, res, (error?: unknown) => next(error ? stale(req) : undefined))
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Under a login as a customer the form may be another customer's, opened before this login began: then it must not be filled in again. */
const stale = ({ actor }: Request) =>
  new Refusal(
    403,
    actor?.loginAs
      ? t(
          'This form is out of date, so nothing was done. You are logged in as {customer} now: look whether that is whom you mean before you go on.',
          { customer: actor.loginAs.customerName },
        )
      : t('This form is out of date, so nothing was done. Go back, reload the page and send it again.'),
  )

/**
 * Whether the page that sent this is ours: its Origin fits APP_URL, or the Host where none is set. A browser that sends neither
 * Origin nor Sec-Fetch-Site leaves it to the token.
 */
function originFits(req: Request): boolean {
  const origin = req.get('Origin')
  if (origin !== undefined) {
    const { appUrl } = services(req).config
    if (appUrl) return origin === new URL(appUrl).origin
    return URL.canParse(origin) && new URL(origin).host === req.get('Host')
  }
  const site = req.get('Sec-Fetch-Site')
  return site === undefined || site === 'same-origin' || site === 'none'
}

/** Portal and console have a token each, so that a page of one does not spoil the forms of the other in the next tab. */
function protectionFor(req: Request): Protection {
  const { keys, config } = services(req)
  const place = placeOf(req)
  const known = protections.get(keys)?.[place]
  if (known) return known
  const { generateCsrfToken, doubleCsrfProtection } = doubleCsrf({
    getSecret: () => keys.all('csrf'),
    getSessionIdentifier: (asking) => (asking.session?.person ? asking.sessionID : 'visitor'),
    cookieName: cookieName(config, `${place}-csrf`),
    cookieOptions: cookieOptions(config),
    size: 32,
    getCsrfTokenFromRequest: (asking) => {
      const token: unknown = asking.body?.csrf
      return typeof token === 'string' ? token : undefined
    },
  })
  const made = { tokens: generateCsrfToken, protect: doubleCsrfProtection }
  protections.set(keys, { ...protections.get(keys), [place]: made })
  return made
}

type Made = ReturnType<typeof doubleCsrf>
interface Protection {
  tokens: Made['generateCsrfToken']
  protect: Made['doubleCsrfProtection']
}

const protections = new WeakMap<object, Partial<Record<Place, Protection>>>()
