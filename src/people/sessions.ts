import { promisify } from 'node:util'
import type { Request, Response } from 'express'
import type { Database, Transaction } from '../database/client.ts'
import { type Bind, valuesOf } from '../database/cursor.ts'
import { databaseTime } from '../database/clock.ts'
import { resetBySql } from '../events/reset-by.ts'
import type { LoginAsEnd, Prisma } from '../generated/prisma/client.ts'
import { NO_REQUEST, type RequestFacts, requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'
import { siteOf } from '../web/site.ts'
import { newSessionHoursSql } from './session-limits.ts'
import {
  maybeResellerAt,
  newSessionSecret,
  nobodysSessionId,
  sessionDigest,
  sessionIdOf,
  type SessionPerson,
} from './session-store.ts'
import { rememberFormerSession } from './typed-form.ts'
import { distrustBrowsers } from './trusted-browser.ts'

/** Ends the logins as customers that hang on sessions of staff, in the transaction that ends those. */
type EndHanging = (
  db: Transaction,
  where: Pick<Prisma.LoginAsWhereInput, 'resellerId' | 'staffId' | 'portalSession'>,
  why: LoginAsEnd,
  how: { request: RequestFacts },
) => Promise<unknown>

/** Until it is said how, no session of anybody ends: better that than a login as a customer which outlives it. */
let endHanging: EndHanging = () => {
  throw new Error('It was not said how logins as customers end: see endWithSessions().')
}

/** Says how logins as customers end with the sessions that they hang on: the room that knows stands above. Said once in each process. */
export function endWithSessions(end: EndHanging) {
  endHanging = end
}

/** Ends the logins as customers that hang on these sessions, or on all of this staff member's. */
export const endHangingOn: EndHanging = (...args) => endHanging(...args)

/** A session that is to begin in a browser, as far as that does not depend on whose it will be. */
export interface NewSession {
  /** Always a new one, against session fixation (OWASP): of the id, see sessionIdOf(). */
  secret: string
  /** Digest of the session that this browser has had so far, whosever it was; of none, where it had none. */
  replaces: string
  request: RequestFacts
}

/** Prepares a session for the browser that asks. Nobody is in by it: see openSession() and adoptSession(). */
export const newSession = (req: Request): NewSession =>
  sessionAfter(sessionDigest(req.sessionID), requestFacts(req))

/** As newSession(), in place of the session with this digest. */
export const sessionAfter = (replaces: string, request: RequestFacts): NewSession => ({
  secret: newSessionSecret(),
  replaces,
  request,
})

/**
 * Lets a person in, in the caller's transaction, which holds their row (or that of the login-as session) and has made sure of the
 * password, the state or the code. Code that ends sessions takes that row first as well, so a change of password or state either comes
 * first and nobody is let in, or comes after and finds this session. What hung on the browser's former session ends.
 */
export async function openSession(db: Transaction, session: NewSession, person: SessionPerson) {
  const { values, bind } = valuesOf(person.resellerId)
  await db.$executeRawUnsafe(sessionSql(bind, session, person), ...values)
  await closeFormer(db, session)
}

/** SQL that opens a session, without ending the former one. $1 is the reseller. `from`: it is opened for each row of this, so for one or none. */
export function sessionSql(
  bind: Bind,
  { secret, request }: NewSession,
  person: SessionPerson,
  from = '(select) one',
): string {
  const { kind, resellerId } = person
  const staffId = kind === 'staff' ? person.id : null
  const customerId = kind === 'customer' ? person.id : null
  const loginAsId = kind === 'customer' ? (person.loginAsId ?? null) : null
  return `
    insert into sessions (reseller_id, id, staff_id, customer_id, login_as_id, ip, user_agent, proved_at, expires_at, after_reset_by)
    select $1::text, ${bind(sessionDigest(sessionIdOf(resellerId, secret)))}, ${bind(staffId)}::uuid, ${bind(customerId)},
      ${bind(loginAsId)}::uuid, ${bind(request.ip)}::inet, ${bind(request.userAgent ?? '')},
      ${loginAsId ? 'null' : 'now()'}, now() + make_interval(hours => ${newSessionHoursSql(kind, { isLoginAs: loginAsId !== null })}), ${customerId && !loginAsId ? resetBySql(bind, customerId) : 'null'}
    from ${from}`
}

/** Ends the session that the browser has had so far, if there is one. In the caller's transaction. */
export const closeFormer = (db: Transaction, { replaces, request }: NewSession) =>
  closeSession(db, replaces, { why: 'portal_login', request })

/** Gives the browser the session that was opened for it, in place of the one that it had; the cookie goes out with the answer. */
export async function adoptSession(req: Request, { secret }: NewSession, person: SessionPerson) {
  if (req.res) rememberFormerSession(req, req.res)
  ADOPTED.set(req, sessionIdOf(person.resellerId, secret))
  await promisify(req.session.regenerate.bind(req.session))()
  req.session.person = person
  req.session.isJustSeen = true
  req.session.isProven = true
}

const ADOPTED = new WeakMap<Request, string>()

/** express-session's maker of ids: that of the session just opened, and otherwise one by which nobody is anybody. */
export const sessionIdFor = (req: Request): string => ADOPTED.get(req) ?? nobodysSessionId()

/**
 * Ends this browser's session of the site that it asks, the portal or the console, or what is left of one that is over: the row is
 * gone when this returns. The answer takes its cookie away and clears the cache, so that Back shows no page of it (Clear-Site-Data,
 * W3C); the other site's session, the mark of a known browser and the colour scheme stay.
 */
export async function endSession(req: Request, res: Response) {
  const { config } = services(req)
  await promisify(req.session.destroy.bind(req.session))()
  res.clearCookie(cookieName(config, siteOf(req)), cookieOptions(config))
  rememberFormerSession(req, res)
  res.set('Clear-Site-Data', '"cache"')
}

/**
 * Ends the sessions of a staff member or a customer, in the caller's transaction, which holds the person's row: the next request of
 * each is a visitor's, and no browser is trusted any more. Of a staff member the login-as sessions end with them, for the reason `why`: a
 * changed password, where nothing else is said. A login-as in a customer's console has rules of its own and is left alone.
 */
export async function endSessionsOf(
  db: Transaction,
  { kind, id, resellerId }: SessionPerson,
  { why = 'password_changed', request = NO_REQUEST }: { why?: LoginAsEnd; request?: RequestFacts } = {},
) {
  await db.session.deleteMany({
    where: { resellerId, ...(kind === 'staff' ? { staffId: id } : { customerId: id, loginAsId: null }) },
  })
  await distrustBrowsers(db, { kind, id, resellerId })
  if (kind !== 'staff') return
  await endHangingOn(db, { resellerId, staffId: id }, why, { request })
}

/**
 * Ends one session, by logging out, and the login-as sessions that hang on it where it is a staff member's, for the reason `why`.
 * False where it had ended already. Locks the session, then the login-as sessions.
 */
export async function closeSession(
  db: Transaction,
  digest: string,
  { why = 'staff_logout', request }: { why?: LoginAsEnd; request: RequestFacts },
): Promise<boolean> {
  const resellerId = await maybeResellerAt(db, digest)
  if (resellerId === null) return false
  const { count } = await db.session.deleteMany({ where: { resellerId, id: digest, endedAt: null } })
  if (count === 0) return false
  await endHangingOn(db, { resellerId, portalSession: digest }, why, { request })
  return true
}

/**
 * Shuts a customer's sessions because the customer is turned OFF, in the caller's transaction: the next request of each is told why.
 * They stay dead when the customer is turned ON again.
 */
export async function shutSessionsOf(
  db: Transaction,
  { id, resellerId }: { id: string; resellerId: string },
) {
  await db.session.updateMany({
    where: { resellerId, customerId: id, loginAsId: null, endedAt: null },
    data: { endedAt: await databaseTime(db) },
  })
}

/**
 * Takes away the rows of sessions whose time is up: they let nobody in. Reseller by reseller, each a statement, and passing over what
 * others hold, so that nobody waits for it.
 */
export async function sweepSessions({ database: { pool } }: { database: Database }) {
  const { rows } = await pool.query<{ resellerId: string }>(
    `select distinct reseller_id as "resellerId" from sessions where expires_at <= now()`,
  )
  for (const { resellerId } of rows) {
    await pool.query(
      `delete from sessions where reseller_id = $1 and id in (
         select id from sessions where reseller_id = $1 and expires_at <= now() for update skip locked)`,
      [resellerId],
    )
  }
}
