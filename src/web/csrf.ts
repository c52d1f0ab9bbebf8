import { hash, randomBytes } from 'node:crypto'
import { doubleCsrf } from 'csrf-csrf'
import type { NextFunction, Request, Response } from 'express'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from './cookies.ts'
import { type SiteName, siteOf } from './site.ts'

/**
 * Gives pages the token of every form: a signed double-submit cookie (OWASP), bound to the session once there is one. A visitor has
 * the cookie only, so that looking at the login page makes no session row.
 */
export function csrfTokens(req: Request, res: Response, next: NextFunction) {
  const { tokens } = protectionFor(req)
  // Made once for a page: each making would set another cookie, and only the last form's token would fit it.
  let token: string | undefined
  res.locals.csrf = () => (token ??= masked(tokens(req, res, { validateOnReuse: false })))
  next()
}

/**
 * The token as it stands in one page: with random bytes, and by them changed, so that no two pages have the same text. Otherwise the
 * lengths of compressed pages would tell it, letter by letter, to somebody who has words of theirs put into them (BREACH).
 */
function masked(token: string): string {
  const bytes = bytesOf(token)
  const mask = randomBytes(bytes.length)
  return Buffer.concat([mask, changedBy(mask, bytes)]).toString('base64url')
}

/** The token that a form sent, which has a point in it while it is not masked: a page of the version before may still be open. */
function unmasked(sent: string): string {
  if (sent.includes('.')) return sent
  const bytes = Buffer.from(sent, 'base64url')
  const half = bytes.length / 2
  return Number.isInteger(half) ? tokenOf(changedBy(bytes.subarray(0, half), bytes.subarray(half))) : ''
}

/** The two halves of a token, which are hexadecimal, as bytes: a page has it in each form, and random letters do not get any shorter. */
const bytesOf = (token: string) => Buffer.from(token.replace('.', ''), 'hex')

const TOKEN_BYTES = 64

/** The version before masked the token's letters. */
function tokenOf(bytes: Buffer): string {
  if (bytes.length !== TOKEN_BYTES) return bytes.toString('latin1')
  return `${bytes.toString('hex', 0, TOKEN_BYTES / 2)}.${bytes.toString('hex', TOKEN_BYTES / 2)}`
}

function changedBy(mask: Buffer, bytes: Buffer): Buffer {
  const changed = Buffer.alloc(bytes.length)
  for (let place = 0; place < bytes.length; place++) changed[place] = (bytes[place] ?? 0) ^ (mask[place] ?? 0)
  return changed
}

/** What was not sent by a form of ours, or by one that was made for another session: see answerStaleForm(). */
export class StaleForm extends Error {
  readonly why: 'origin' | 'token'

  constructor(why: StaleForm['why']) {
    super(`A form is out of date: ${why}`)
    this.name = 'StaleForm'
    this.why = why
  }
}

/**
 * Hands on a StaleForm for what was not sent by a form of ours: by its Origin, or by its token. A visitor's token has to be that of
 * their cookie. One that was made for a session is known to nobody else, and is good in this session whatever the cookie says: two
 * pages that are opened at once after a login set two cookies, of which the browser keeps one.
 */
export function csrfProtection(req: Request, res: Response, next: NextFunction) {
  if (SAFE.has(req.method)) return next()
  if (!originFits(req)) return next(new StaleForm('origin'))
  if (isForThisSession(req)) return next()
  protectionFor(req).protect(req, res, (error?: unknown) => next(error ? new StaleForm('token') : undefined))
}

function isForThisSession(req: Request): boolean {
  const { person } = req.session
  const token: unknown = req.body?.csrf
  if (!person || typeof token !== 'string') return false
  return tokenWasFor(req, token, { session: sessionMark(req.sessionID), person })
}

/** What stands for the token of a page, or the one that a form sent, in what leaves the server: it lasts as long as the browser's session. */
export const tokenMark = (token: string) => hash('sha256', unmasked(token), 'base64url')

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

type Person = NonNullable<Request['session']['person']>

/** What stands for a session in what leaves the server: its SHA-256, so that the id itself stays in its cookie. */
export const sessionMark = (sessionId: string) => hash('sha256', sessionId, 'base64url')

/** Whom a token is made for: one session of one person, and under a login as a customer that one. */
const holderOf = (mark: string, person: Person) =>
  [mark, person.kind, person.resellerId, person.id, 'loginAsId' in person ? person.loginAsId : ''].join(' ')

/** Whether this token was made for that session, while this person was in it. The session need not be alive. */
export function tokenWasFor(
  req: Request,
  token: string,
  { session, person }: { session: string; person: Person },
): boolean {
  const { config } = services(req)
  const name = cookieName(config, `${siteOf(req)}-csrf`)
  const asking = { cookies: { [name]: unmasked(token) }, body: { csrf: token } } as Request
  HOLDERS.set(asking, holderOf(session, person))
  return protectionFor(req).validate(asking)
}

const HOLDERS = new WeakMap<Request, string>()

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
  const site = siteOf(req)
  const known = protections.get(keys)?.[site]
  if (known) return known
  const { generateCsrfToken, doubleCsrfProtection, validateRequest } = doubleCsrf({
    getSecret: () => keys.all('csrf'),
    getSessionIdentifier: (asking) => {
      const person = asking.session?.person
      return HOLDERS.get(asking) ?? (person ? holderOf(sessionMark(asking.sessionID), person) : 'visitor')
    },
    cookieName: cookieName(config, `${site}-csrf`),
    cookieOptions: cookieOptions(config),
    size: TOKEN_BYTES / 2,
    getCsrfTokenFromRequest: (asking) => {
      const token: unknown = asking.body?.csrf
      return typeof token === 'string' ? unmasked(token) : undefined
    },
  })
  const made = { tokens: generateCsrfToken, protect: doubleCsrfProtection, validate: validateRequest }
  protections.set(keys, { ...protections.get(keys), [site]: made })
  return made
}

type Made = ReturnType<typeof doubleCsrf>
interface Protection {
  tokens: Made['generateCsrfToken']
  protect: Made['doubleCsrfProtection']
  validate: Made['validateRequest']
}

const protections = new WeakMap<object, Partial<Record<SiteName, Protection>>>()
