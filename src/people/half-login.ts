import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import { currentTime } from '../database/clock.ts'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'

/** How long a person may look for the code. */
export const HALF_LOGIN_MINUTES = 10

/**
 * A login that waits for the second factor: an address and whether its password was right. It also stands for an address that nobody has and
 * for a wrong password, which are told at the end only.
 */
export interface HalfLogin {
  email: string
  /** Milliseconds since 1970. */
  at: number
  /** 1 where the password was right. A number, and no part is ever missing: the sealed text is as long for everybody of this address. */
  isRight: 0 | 1
  /** The mark of the password that it was (Staff.passwordMark): with another one since, the login is void. Something at random for nobody. */
  mark: string
}

/** A login that begins to wait now, for an account with this password or for none. */
export const halfLogin = (
  email: string,
  { isRight, passwordMark }: { isRight: boolean; passwordMark: string | null },
): HalfLogin => ({
  email,
  at: currentTime().getTime(),
  isRight: isRight ? 1 : 0,
  mark: passwordMark ?? randomBytes(32).toString('base64url'),
})

const NAME = 'half-login'

/** Keeps the login in an encrypted cookie: nobody is in by it, nobody can read from it how it stands, and it is over after some minutes. */
export function rememberHalfLogin(res: Response, half: HalfLogin) {
  const { config, keys } = services(res.req)
  res.cookie(cookieName(config, NAME), keys.seal('half-login', JSON.stringify(half)), {
    ...cookieOptions(config),
    maxAge: HALF_LOGIN_MINUTES * 60_000,
  })
}

/** The login that this browser has begun, or null where it has not, or too long ago. */
export function maybeHalfLogin(req: Request): HalfLogin | null {
  const { config, keys } = services(req)
  const cookie: unknown = req.cookies[cookieName(config, NAME)]
  const text = typeof cookie === 'string' ? keys.open('half-login', cookie) : null
  if (text === null) return null
  const half = JSON.parse(text) as HalfLogin
  return currentTime().getTime() - half.at < HALF_LOGIN_MINUTES * 60_000 ? half : null
}

/** It has ended, or another begins. */
export function dropHalfLogin(res: Response) {
  const { config } = services(res.req)
  const name = cookieName(config, NAME)
  if (name in res.req.cookies) res.clearCookie(name, cookieOptions(config))
}
