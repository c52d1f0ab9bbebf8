import type { Request, Response } from 'express'
import { browserInWords } from '../people/browser.ts'
import type { FactorUsed } from '../people/factors.ts'
import { type SessionPerson, sessionDigest } from '../people/session-store.ts'
import { type NewSession, adoptSession } from '../people/sessions.ts'
import { type Sentence, t } from '../words/words.ts'
import type { Ended } from './end-sessions.ts'
import { listOwnLogins } from './logins.ts'
import { listOwnSessions } from './sessions.ts'

/** Where the person who asks is logged in, as people/_browsers shows it: this browser first, then those used last. */
export async function shownSessions(req: Request) {
  // A staff member's browser is none of the customer's, so none of these is this one.
  const here = req.actor.standsInFor ? null : sessionDigest(req.sessionID)
  const sessions = await listOwnSessions(req.actor)
  return sessions
    .map((session) => ({
      ...session,
      browser: browserInWords(session.userAgent),
      isHere: session.id === here,
    }))
    .sort((a, b) => Number(b.isHere) - Number(a.isHere))
}

/** The latest logins of the person who asks, as people/_logins shows them. */
export async function shownLogins(req: Request) {
  const logins = await listOwnLogins(req.actor)
  return logins.map((login) => ({
    ...login,
    browser: browserInWords(login.userAgent ?? ''),
    means: login.factor && meansOf(login.factor, login.passkey ?? ''),
  }))
}

/** By what somebody got in, beside a password alone. */
function meansOf(factor: FactorUsed, name: string): Sentence {
  switch (factor) {
    case 'totp':
      return t('Password and code')
    case 'recovery_code':
      return t('Password and recovery code')
    case 'trusted_browser':
      return t('Password, in a trusted browser')
    case 'passkey':
      return t('Password and passkey {name}', { name })
    case 'passkey_alone':
      return t('Passkey {name}', { name })
  }
}

/** After EndOwnSession. */
export const afterSession = (to: string, isEnded: boolean) =>
  isEnded
    ? { to, say: t('The browser has been logged out.') }
    : { to, say: t('That browser was already logged out.'), tone: 'attention' as const }

/** After EndOwnSessions. */
export function afterSessions(to: string, { count, apps }: Ended) {
  if (count > 0) return { to, say: t('{count} other browsers are logged out.', { count }) }
  if (apps > 0) {
    return { to, say: t('No other browser was logged in. Trusted browsers are asked for a code again.') }
  }
  return { to, say: t('There was no other browser to log out.'), tone: 'attention' as const }
}

/** After ChangeOwnPassword: this browser has another session now. */
export async function afterPassword(
  to: string,
  { req }: Response,
  { session, person }: { session: NewSession; person: SessionPerson },
) {
  await adoptSession(req, session, person)
  return { to, say: t('Password changed. All other browsers have been logged out.') }
}
