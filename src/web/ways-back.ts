import type { Request, Response } from 'express'
import { services } from '../services.ts'
import { type Sentence, type Translate, t } from '../words/words.ts'
import { cookieName, cookieOptions } from './cookies.ts'
import { localAddress } from './local-address.ts'
import { type SiteName, siteOf } from './site.ts'

/**
 * The lists that people work through, and what leads back to each. Whatever is opened from one of these addresses leads back to it
 * with its filter, sort and page.
 */
const LISTS: readonly (readonly [path: RegExp, name: Sentence])[] = [
  [/^\/customers$/, t('Customers')],
  [/^\/approvals$/, t('Approvals')],
  [/^(\/customers\/[^/]+)?\/ledger$/, t('Ledger')],
  [/^\/customers\/[^/]+\/grants$/, t('Credit grants')],
  [/^(\/customers\/[^/]+|\/console)\/billing$/, t('Billing')],
  [/^\/invites(\/[^/]+)?$/, t('Invites')],
  [/^\/mails$/, t('Mails')],
  [/^\/audit$/, t('Activity')],
  [/^\/login-as(\/[^/]+)?$/, t('Login-as')],
  [/^\/tags$/, t('Tags')],
  [/^\/staff$/, t('Staff')],
  [/^\/teams\/[^/]+$/, t('Team')],
  [/^\/console\/security$/, t('Security')],
]

const listName = (path: string) => LISTS.find(([pattern]) => pattern.test(path))?.[1]

/** From where a person opened something. */
interface Origin {
  /** The address of the list, as it was. */
  list: string
  /** Whether a form was opened from the list itself, not from the page of what it is about. */
  direct: boolean
}

/** By the path of what was opened, the latest last. */
type Origins = Map<string, Origin>

const REMEMBERED_MAX = 8
/** Characters as they are sent; a browser keeps 4,096 with the signature. */
const COOKIE_MAX = 2_800

export interface Crumb {
  href?: string
  label: string
}

/** The page of this site that led here: its whole address and its path; null where nobody knows it. */
export function cameFrom(req: Request): { address: string; path: string } | null {
  const from = URL.parse(req.get('Referer') ?? '')
  if (!from || from.host !== req.get('Host')) return null
  const address = localAddress(from.pathname + from.search, siteOf(req))
  return address ? { address, path: from.pathname } : null
}

/**
 * Remembers from which list this page was opened, for as long as the browser runs: over details, form and save, without a word in any
 * link. By Referer, which is this site's own page or nothing, and kept in a signed cookie, each thing for itself, so that two tabs do
 * not mix. It says whose it is: nobody else who logs in gets it. A direct visit, which has no Referer, forgets.
 */
export function rememberWay(res: Response) {
  const { req } = res
  const origins = originsOf(req)
  const before = JSON.stringify([...origins])
  const here = pathOf(req.originalUrl)
  const from = cameFrom(req)
  for (const item of itemsOf(here)) {
    const known = origins.get(item)
    if (!from) origins.delete(item)
    else if (!isWithin(from.path, item) && listName(from.path)) {
      origins.delete(item)
      origins.set(item, { list: from.address, direct: here !== item })
    } else if (known && (from.path !== here || here === item)) known.direct = false
    else if (!known) takeOver(origins, item, from.path)
  }
  keepFew(origins)
  if (JSON.stringify([...origins]) !== before) keep(res, origins)
  res.locals.origins = origins
}

/** What was made on a form of its own, such as a new customer, leads back to where that form was opened. */
function takeOver(origins: Origins, item: string, from: string) {
  const [made] = itemsOf(from)
  const origin = made && parentOf(made) === parentOf(item) && origins.get(made)
  if (origin) origins.set(item, { ...origin, direct: false })
}

/** Where to go on after an action, or by Cancel: back to the list it was begun from, as it was, or to `address`. */
export function wayBack(res: Response, address: string): string {
  const { req } = res
  const here = pathOf(req.originalUrl)
  const from = cameFrom(req)
  const origins = originsFor(res)
  const about = itemsOf(pathOf(address))
  const isPressedInList =
    from && listName(from.path) && !itemsOf(here).some((item) => isWithin(from.path, item))
  if (req.method === 'POST' && about.length > 0 && isPressedInList) return from.address
  const direct = about.map((item) => origins.get(item)).find((origin) => origin?.direct)
  if (direct) return direct.list
  return from?.path === pathOf(address) ? from.address + hashOf(address) : asItWas(origins, here, address)
}

/** Goes on after an action: see wayBack(). */
export function goBack(res: Response, address: string) {
  res.redirect(303, wayBack(res, address))
}

/** The crumbs of a page, each list as it was. What was opened from a list that is not among them leads back to that one first. */
export function crumbsBack(res: Response, crumbs: readonly Crumb[]): Crumb[] {
  const here = pathOf(res.req.originalUrl)
  const origins = originsFor(res)
  const back = crumbs.map((crumb) =>
    crumb.href ? { ...crumb, href: asItWas(origins, here, crumb.href) } : crumb,
  )
  const [item] = itemsOf(here)
  const list = item && origins.get(item)?.list
  const [first, ...others] = back
  if (!list || !first?.href || back.some(({ href }) => href && pathOf(href) === pathOf(list))) return back
  const name = listName(pathOf(list))
  if (!name) return back
  const label = (res.locals.t as Translate)(name)
  return [{ href: list, label }, ...others.filter((other) => other.label !== label)]
}

function asItWas(origins: Origins, here: string, address: string): string {
  const lists = itemsOf(here).map((item) => origins.get(item)?.list)
  const list = lists.find((one) => one && pathOf(one) === pathOf(address))
  return list ? list + hashOf(address) : address
}

const pathOf = (address: string) => address.split(/[?#]/)[0] ?? ''
const hashOf = (address: string) => /#.*$/.exec(address)?.[0] ?? ''
const isWithin = (path: string, item: string) => path === item || path.startsWith(`${item}/`)
const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'))

/** What a path is about: `/customers/1/postings/2/reversal` is about `/customers/1` and `/customers/1/postings/2`. */
function itemsOf(path: string): string[] {
  const parts = path.split('/').slice(1)
  return [2, 4].filter((count) => parts.length >= count).map((count) => `/${parts.slice(0, count).join('/')}`)
}

const originsFor = (res: Response): Origins =>
  (res.locals.origins as Origins | undefined) ?? originsOf(res.req)

/** What this person's cookie holds; nothing where it is somebody else's, or not ours. */
function originsOf(req: Request): Origins {
  const name = nameOf(req)
  const said: unknown = (req.signedCookies as Record<string, unknown> | undefined)?.[name]
  if (!req.actor?.id || typeof said !== 'string' || !said.startsWith(`${name} `)) return new Map()
  const [whose, kept] = JSON.parse(said.slice(name.length)) as [string, [string, string, 0 | 1][]]
  if (whose !== req.actor.id) return new Map()
  return new Map(kept.map(([item, list, direct]) => [item, { list, direct: direct === 1 }]))
}

function keep(res: Response, origins: Origins) {
  const { req } = res
  if (!req.actor?.id) return
  const name = nameOf(req)
  const options = cookieOptions(services(req).config)
  if (origins.size === 0) return res.clearCookie(name, options)
  res.cookie(name, textOf(name, req.actor.id, origins), { ...options, signed: true })
}

function keepFew(origins: Origins) {
  const isTooMuch = () =>
    origins.size > REMEMBERED_MAX || encodeURIComponent(textOf('', '', origins)).length > COOKIE_MAX
  while (origins.size > 0 && isTooMuch()) origins.delete(origins.keys().next().value as string)
}

const textOf = (name: string, whose: string, origins: Origins) =>
  `${name} ${JSON.stringify([whose, [...origins].map(([item, { list, direct }]) => [item, list, direct ? 1 : 0])])}`

const nameOf = (req: Request) => cookieName(services(req).config, `${siteOf(req) satisfies SiteName}-way`)
