import type { Request, Response } from 'express'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'
import { type SiteName, siteOf } from '../web/site.ts'

const MINUTES = 15

const nameOf = ({ app }: Pick<Request, 'app'>, site: SiteName) =>
  cookieName(services({ app }).config, `${site}-account`)

/**
 * Keeps which account this browser has just registered or set a password for, so that the login of that site has it filled in already,
 * and says so where somebody else is in there. In a signed cookie, so that no address or link carries it; nobody is in by that.
 */
export function hintAccount(
  res: Response,
  { resellerId, email }: { resellerId: string; email: string },
  site: SiteName = 'console',
) {
  const name = nameOf(res.req, site)
  res.cookie(name, `${name} ${resellerId} ${email}`, {
    ...cookieOptions(services(res.req).config),
    signed: true,
    maxAge: MINUTES * 60_000,
  })
}

/** The account of the hint for the site that is asked; null where there is none. */
export function maybeHintedAccount(req: Request): { resellerId: string; email: string } | null {
  const name = nameOf(req, siteOf(req))
  const said: unknown = req.signedCookies[name]
  const [made, resellerId = '', email = ''] = typeof said === 'string' ? said.split(' ') : []
  return made === name && email ? { resellerId, email } : null
}

/** Someone is logged in: the next one to log in with this browser need not be the same. */
export function dropHint(res: Response) {
  const name = nameOf(res.req, siteOf(res.req))
  if (name in res.req.signedCookies) res.clearCookie(name, cookieOptions(services(res.req).config))
}

/** For whom a link or a registration was that has led to this login, where somebody else is logged in; '' otherwise. */
export function wantedInstead(req: Request): string {
  const hinted = maybeHintedAccount(req)
  const { actor } = req
  if (!hinted || !(actor as unknown)) return ''
  const isThem = !actor.standsInFor && hinted.resellerId === actor.reseller.id && hinted.email === actor.name
  return isThem ? '' : hinted.email
}
