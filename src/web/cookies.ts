import type { CookieOptions, RequestHandler } from 'express'
import type { Config } from '../config.ts'

/** Whether people reach this Purser over https; then every cookie is Secure and bound to this host. */
export const servedOverHttps = (config: Config) => config.appUrl?.startsWith('https:') ?? false

/** `purser-…`, with the __Host- prefix over https, which a sibling domain cannot set. */
export const cookieName = (config: Config, name: string) =>
  `${servedOverHttps(config) ? '__Host-' : ''}purser-${name}`

/** How every cookie of ours is set: out of reach of scripts, and not sent along by other sites' forms. */
export function cookieOptions(config: Config) {
  return {
    httpOnly: true,
    sameSite: 'lax',
    secure: servedOverHttps(config),
    path: '/',
  } as const satisfies CookieOptions
}

/**
 * cookie-parser reads a value that begins with `j:` as JSON. No cookie of ours is any, and code that takes cookies for text, the session
 * before all, would break over an object: such a cookie counts as none.
 */
export const onlyTextCookies: RequestHandler = (req, _res, next) => {
  for (const jar of [req.cookies, req.signedCookies] as Record<string, unknown>[]) {
    for (const [name, value] of Object.entries(jar)) if (typeof value === 'object') delete jar[name]
  }
  next()
}

/**
 * Where APP_URL says https, every request counts as secure, though the proxy in front speaks plain http to us: express-session would
 * keep its Secure cookie back otherwise, and nobody could log in.
 */
export function secureByAppUrl(config: Config): RequestHandler {
  const https = servedOverHttps(config)
  return (req, _res, next) => {
    if (https) Object.defineProperty(req, 'secure', { value: true })
    next()
  }
}
