import { paths } from '../paths.ts'
import { createHash } from 'node:crypto'
import type { Transaction } from '../database/client.ts'
import type { Customer, LoginAsEnd, LoginAsMode, Team } from '../generated/prisma/client.ts'
import { type Actor, may } from '../people/actor.ts'
import type { Permission } from '../people/permissions.ts'
import { aliveSql } from '../people/session-limits.ts'
import { type Sentence, t } from '../words/words.ts'

export const MODES = ['readonly', 'admin'] as const

/** What a staff member needs to be in a customer's console in this mode, at its start and all the time. */
export const permissionFor = (mode: LoginAsMode): Permission =>
  mode === 'admin' ? 'login.admin' : 'login.readonly'

/** A login-as session lasts 30 minutes at most, from the request on and never prolonged, and ends after 10 without a page. */
export const LOGIN_AS_MINUTES_MAX = 30
export const LOGIN_AS_IDLE_MINUTES_MAX = 10

/** Whether this portal session of a staff member of the reseller is alive; if so, it stays so until the transaction ends. */
export async function holdPortalSession(
  db: Transaction,
  resellerId: string,
  digest: string,
): Promise<boolean> {
  const held = await db.$queryRawUnsafe<unknown[]>(
    `select 1 from sessions s join resellers t on t.id = $1
     where s.reseller_id = $1 and s.id = $2 and ${aliveSql('staff', 's', 't')}
     for no key update of s`,
    resellerId,
    digest,
  )
  return held.length === 1
}

/** Why nobody may have full rights in this customer's console, or null. */
export function adminHindrance({ state, team }: Pick<Customer, 'state'> & { team: Pick<Team, 'type'> }) {
  if (state === 'OFF')
    return t('This customer is OFF. Only ReadOnly Login is possible until it is turned on.')
  if (team.type === 'default')
    return t('This customer has not completed registration. Only ReadOnly Login is possible until then.')
  return null
}

/** The modes in which the actor can log in as this customer now. */
export const modesFor = (
  actor: Actor,
  customer: Pick<Customer, 'state'> & { team: Pick<Team, 'type'> },
): LoginAsMode[] =>
  MODES.filter(
    (mode) => may(actor, permissionFor(mode)) && (mode === 'readonly' || adminHindrance(customer) === null),
  )

/** The digest under which a hand-over code is kept. */
export const codeHash = (code: string) => createHash('sha256').update(code).digest('hex')

/** The methods that ask and send nothing; of them GET alone takes a file away. */
export const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/** The names of the two modes on pages. */
export const LOGIN_AS_NAMES: Readonly<Record<LoginAsMode, Sentence>> = {
  readonly: t('ReadOnly Login'),
  admin: t('Admin Login'),
}

/** Why a login-as session ended, to be read after a colon. */
export const LOGIN_AS_ENDS: Readonly<Record<LoginAsEnd, Sentence>> = {
  exit: t('exited'),
  staff_logout: t('the staff member logged out'),
  staff_off: t('the staff member was turned off'),
  permission_lost: t('the staff member lost the permission'),
  factor_required: t('the staff member had no second factor when it became required'),
  customer_off: t('the customer was turned off'),
  time_up: t('it reached the time limit'),
  idle: t('inactive for 10 minutes'),
  replaced: t('another login-as session started in the same browser'),
  never_entered: t('it was never started'),
  password_changed: t('the staff member’s password was changed'),
  session_idle: t('the staff session was inactive for too long'),
  session_expired: t('the staff session reached its time limit'),
  session_gone: t('the staff session ended'),
  portal_login: t('someone logged in to the portal in the same browser'),
  stopped: t('it was ended from the portal'),
}

/** Why a login-as session ended, as LOGIN_AS_ENDS, with the name of the person who ended it from the portal. */
export const whyEnded = (by: LoginAsEnd, stoppedBy?: string | null): Sentence =>
  by === 'stopped' && stoppedBy ? t('ended by {stoppedBy}', { stoppedBy }) : LOGIN_AS_ENDS[by]

/** What may be posted under ReadOnly Login: the ways out. */
export const WAYS_OUT: ReadonlySet<string> = new Set([paths.consoleExit(), paths.consoleLogout()])
