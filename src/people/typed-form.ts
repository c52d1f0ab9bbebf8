import type { Request, Response } from 'express'
import { currentTime } from '../database/clock.ts'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'
import { sessionMark, tokenWasFor } from '../web/csrf.ts'
import { flash } from '../web/flash.ts'
import { FormAgain, type TypedForm, withoutSecretFields } from '../web/form-again.ts'
import { siteOf, siteOfPath } from '../web/site.ts'
import { type Sentence, t } from '../words/words.ts'
import type { SessionPerson } from './session-store.ts'

/** What was typed waits so long for its login, and is no larger than any form may be. */
const MINUTES_MAX = 10
const BYTES_MAX = 64 * 1024

/** A form that was sent after its session had ended, as it travels through the login page. */
interface Waiting extends TypedForm {
  /** Milliseconds since 1970. */
  at: number
  token: string
  /** sessionMark() of each session that it may have been made in. */
  sessions: string[]
}

/** The session that this browser's cookie names, alive or not; null where it names none. */
function namedSession(req: Request): string | null {
  const id: unknown = req.signedCookies[cookieName(services(req).config, siteOf(req))]
  return typeof id === 'string' ? sessionMark(id) : null
}

const FORMER = 'former'

/** So many former sessions are remembered: a page that was open through more logins than that is forgotten. */
const FORMER_MAX = 5

const formerName = (req: Request) => cookieName(services(req).config, `${siteOf(req)}-${FORMER}`)

/** The sessions that this browser has had before the present one, newest first. */
function formerSessions(req: Request): string[] {
  const said: unknown = req.signedCookies[formerName(req)]
  return typeof said === 'string' ? said.split(' ') : []
}

/** The sessions in which a page that is open in this browser may have been made, newest first. */
function sessionsHere(req: Request): string[] {
  const named = namedSession(req)
  return [...new Set([...(named ? [named] : []), ...formerSessions(req)])]
}

/**
 * Seals this form for the login page, or the page that asks for the password again, to carry: what was typed, its token, and for which
 * sessions that can have been made. What carries one already hands that on. '' where there is nothing to keep, unless `evenEmpty`, or too
 * much.
 */
export function sealTypedForm(req: Request, { evenEmpty = false } = {}): string {
  const carried = carriedForm(req)
  if (carried) return carried
  const sessions = sessionsHere(req)
  const token: unknown = req.body?.csrf
  const fields = withoutSecretFields(req.body)
  if (sessions.length === 0 || typeof token !== 'string') return ''
  if (Object.keys(fields).length === 0 && !evenEmpty) return ''
  const waiting: Waiting = { at: currentTime().getTime(), address: req.originalUrl, fields, token, sessions }
  const text = JSON.stringify(waiting)
  if (Buffer.byteLength(text) > BYTES_MAX) return ''
  const sealed = Buffer.from(text).toString('base64url')
  return `${sealed}.${services(req).keys.sign('typed-form', sealed)}`
}

/** The sealed form that the page which was sent carried; '' where it carried none. */
export function carriedForm(req: Request): string {
  const carried: unknown = req.body?.typedForm
  return typeof carried === 'string' ? carried : ''
}

/**
 * What a login page has carried, once somebody is in: the form, where it was typed by this very person in a session that has ended, on
 * this site and lately. 'gone' where it was not, and undefined where the page carried none.
 */
export function openTypedForm(req: Request, person: SessionPerson): TypedForm | 'gone' | undefined {
  const carried = carriedForm(req)
  if (!carried) return undefined
  const [sealed = '', signature = ''] = carried.split('.')
  if (!services(req).keys.verify('typed-form', sealed, signature)) return 'gone'
  const { at, address, fields, token, sessions } = JSON.parse(
    Buffer.from(sealed, 'base64url').toString(),
  ) as Waiting
  const isTheirs = sessions.some((session) => tokenWasFor(req, token, { session, person }))
  const isHere = siteOfPath(address) === siteOf(req)
  return isTheirs && isHere && currentTime().getTime() - at < MINUTES_MAX * 60_000
    ? { address, fields }
    : 'gone'
}

/** Remembers in the browser which session ends by this login or logout, for forms of it that are still open in other tabs. */
export function rememberFormerSession(req: Request, res: Response) {
  const sessions = sessionsHere(req).slice(0, FORMER_MAX)
  if (sessions.length === 0) return
  res.cookie(formerName(req), sessions.join(' '), {
    ...cookieOptions(services(req).config),
    signed: true,
  })
}

/** Whether this form was made in a session before this one, by the same person. */
export function isOfFormerSession(req: Request, person: SessionPerson): boolean {
  const token: unknown = req.body?.csrf
  if (typeof token !== 'string') return false
  return formerSessions(req).some((session) => tokenWasFor(req, token, { session, person }))
}

/** What is said where a person goes on. */
interface Said {
  /** Above the form that comes back. */
  again: Sentence
  /** Where what was typed cannot come back. */
  gone: Sentence
}

const AFTER_LOGIN: Said = {
  again: t('You are logged in again. Check what you entered, then submit it.'),
  gone: t(
    'What was entered before this login could not be kept, because it was not yours or too much time has passed.',
  ),
}

/** After a login or a proof: shows the form that waited for it, or leads on to `next`; says so where what was typed cannot come back. */
export function goOn(req: Request, res: Response, person: SessionPerson, next: string, said = AFTER_LOGIN) {
  const form = openTypedForm(req, person)
  if (typeof form === 'object') throw new FormAgain(form, { notice: said.again, status: 200 })
  if (form === 'gone') flash(res, said.gone, 'attention')
  res.redirect(303, next)
}
