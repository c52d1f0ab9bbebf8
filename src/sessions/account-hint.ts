import type { Request, Response } from 'express'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'

const NAME = 'console-account'
const MINUTES = 15

/**
 * Keeps which customer account this browser has just registered or set a password for, so that the console's login has it filled in
 * already. In a signed cookie, so that no address or link carries it; nobody is in by that.
 */
export function hintAccount(res: Response, { email }: { email: string }) {
  const { config } = services(res.req)
  res.cookie(cookieName(config, NAME), email, {
    ...cookieOptions(config),
    signed: true,
    maxAge: MINUTES * 60_000,
  })
}

/** The account of the hint, or '' where there is none. */
export function hintedAccount(req: Request): string {
  const said: unknown = req.signedCookies[cookieName(services(req).config, NAME)]
  return typeof said === 'string' ? said : ''
}

/** Somebody is in: whoever logs in next in this browser need not be the same. */
export function dropHint(res: Response) {
  const { config } = services(res.req)
  res.clearCookie(cookieName(config, NAME), cookieOptions(config))
}
