import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import { currentTime } from '../database/clock.ts'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'
import { type Kind, loginSiteOf } from './login-site.ts'

/** How long a person may look for the code. */
export const HALF_LOGIN_MINUTES = 10

/** How long a browser remembers where it began one, so that who comes back later begins again at the same page. */
const REMEMBERED_HOURS = 24

/**
 * A login that waits for the second factor: an address, and of which accounts its password was right. It also stands for an address that
 * nobody has and for a wrong password, which are told at the end only.
 */
export interface HalfLogin {
  email: string
  /** The reseller whose login page it was; null for the one that all share. */
  resellerId: string | null
  /** Milliseconds since 1970. */
  at: number
  /**
   * The marks of the passwords that were right (Staff.passwordMark): with another one since, the login is void. Always as many, at random
   * where fewer were right: the sealed text is as long for everybody of this address.
   */
  marks: string[]
  /** Whether the attempt with the password still counts towards its limits, which the right factor takes back. 1 or 0, as long as each other. */
  isCounted: 0 | 1
}

/** A login that begins to wait now, for the accounts with these passwords, of `room` at most, or for none. */
export const halfLogin = (
  { email, resellerId }: Pick<HalfLogin, 'email' | 'resellerId'>,
  { marks, room, isCounted }: { marks: readonly string[]; room: number; isCounted: boolean },
): HalfLogin => ({
  email,
  resellerId,
  at: currentTime().getTime(),
  marks: Array.from({ length: room }, (_, place) => marks[place] ?? randomBytes(32).toString('base64url')),
  isCounted: isCounted ? 1 : 0,
})

/** One for each site: somebody may be about to log in to both in one browser. */
const NAMES = { staff: 'half-login', customer: 'console-half-login' } as const satisfies Record<Kind, string>

const nameOf = (req: Request) => cookieName(services(req).config, NAMES[loginSiteOf(req).kind])

/**
 * Keeps the login in an encrypted cookie: nobody is in by it, and nobody can read from it how it stands. After some minutes it is over, and
 * the cookie tells where it began and nothing else.
 */
export function rememberHalfLogin(res: Response, half: HalfLogin) {
  const { config, keys } = services(res.req)
  const { kind } = loginSiteOf(res.req)
  res.cookie(nameOf(res.req), keys.seal('half-login', JSON.stringify(half), kind), {
    ...cookieOptions(config),
    maxAge: REMEMBERED_HOURS * 60 * 60_000,
  })
}

/** The login that this browser has begun, or null where it has not, or too long ago. */
export function maybeHalfLogin(req: Request): HalfLogin | null {
  const half = maybeReadLogin(req)
  return half && currentTime().getTime() - half.at < HALF_LOGIN_MINUTES * 60_000 ? half : null
}

/** Where this browser has begun a login that is over by now, too: its reseller's login page, or the one that all share. Null: nowhere. */
export function maybeBegunAt(req: Request): Pick<HalfLogin, 'resellerId'> | null {
  const half = maybeReadLogin(req)
  return half && { resellerId: half.resellerId }
}

function maybeReadLogin(req: Request): HalfLogin | null {
  const { keys } = services(req)
  const cookie: unknown = req.cookies[nameOf(req)]
  const text = typeof cookie === 'string' ? keys.open('half-login', cookie, loginSiteOf(req).kind) : null
  return text === null ? null : (JSON.parse(text) as HalfLogin)
}

/** It has ended, or another begins. */
export function dropHalfLogin(res: Response) {
  const { config } = services(res.req)
  const name = nameOf(res.req)
  if (name in res.req.cookies) res.clearCookie(name, cookieOptions(config))
}
