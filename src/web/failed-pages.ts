import type { Request, Response } from 'express'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from './cookies.ts'
import { localAddress } from './local-address.ts'
import { type SiteName, siteOf } from './site.ts'
import { withoutSecrets } from './request-log.ts'

/**
 * What a browser was shown an error at, each with the last page before it that worked; null where nobody knows one. The latest last. It is
 * kept in a signed cookie for as long as the browser runs, so that one error after another still leads back to what worked.
 */
type Failed = Map<string, string | null>

const REMEMBERED_MAX = 6
/** Characters as they are sent. */
const COOKIE_MAX = 1_500

/** The page that worked last before this one, which leads to it from `from`, an address of this site. */
export function lastWorked(req: Request, from: string): string | null {
  const failed = failedOf(req)
  return failed.has(from) ? (failed.get(from) ?? null) : from
}

/**
 * Remembers that an error is shown at this address, to which `back` was the last page that worked. Not of an address that lets somebody
 * in: such a one is written down nowhere.
 */
export function rememberFailed(res: Response, back: string | null) {
  const address = addressOf(res.req)
  if (!address || [address, back ?? ''].some(holdsSecret)) return
  const failed = failedOf(res.req)
  failed.delete(address)
  failed.set(address, back)
  while (failed.size > REMEMBERED_MAX || encodeURIComponent(textOf(failed)).length > COOKIE_MAX)
    failed.delete(failed.keys().next().value as string)
  keep(res, failed)
}

/** Forgets that an error was shown at this address: it works again. */
export function forgetFailed(res: Response) {
  const failed = failedOf(res.req)
  if (failed.delete(addressOf(res.req) ?? '')) keep(res, failed)
}

const holdsSecret = (address: string) => withoutSecrets({ originalUrl: address }) !== address.split('?')[0]

const addressOf = (req: Request) => localAddress(req.originalUrl, siteOf(req))

function failedOf(req: Request): Failed {
  const said: unknown = (req.signedCookies as Record<string, unknown> | undefined)?.[nameOf(req)]
  if (typeof said !== 'string' || !said.startsWith(MARK)) return new Map()
  return new Map(JSON.parse(said.slice(MARK.length)) as [string, string | null][])
}

function keep(res: Response, failed: Failed) {
  const name = nameOf(res.req)
  const options = cookieOptions(services(res.req).config)
  if (failed.size === 0) res.clearCookie(name, options)
  else res.cookie(name, textOf(failed), { ...options, signed: true })
}

/** A signature says that a value is ours, not what it is: this one is no other cookie's. */
const MARK = 'failed '
const textOf = (failed: Failed) => MARK + JSON.stringify([...failed])

const nameOf = (req: Request) => cookieName(services(req).config, `${siteOf(req) satisfies SiteName}-failed`)
