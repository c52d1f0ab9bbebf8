import { transaction } from '../database/client.ts'
import { type Bind, valuesOf } from '../database/cursor.ts'
import { recordSql } from '../events/record.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { accountOf } from './device.ts'
import { type UsableFactor, hasFactorSql, heldSql } from './factors.ts'
import { noteFailure } from './login-attempt.ts'
import { noticeSql } from './login-notices.ts'
import { LOGIN_SITES, aboutOf } from './login-site.ts'
import type { Candidate, From, LoggedIn, Logins } from './logins.ts'
import { hashPassword, isOutdatedHash } from './password-hash.ts'
import { type SessionPerson, isNobodys } from './session-store.ts'
import { closeFormer, sessionSql } from './sessions.ts'

/** What is said of every login that fails, whatever the reason, as long as the password is not known to be right. */
export const notFitting = () => new Refusal(422, t('Incorrect e-mail address or password.'))

/**
 * Opens a session for somebody whose password has fitted, and notes the login. `password`, where it is at hand, makes a hash of older
 * parameters anew. `factor`: what proves a second time who it is, and is used up. `isRight` is called once it is certain that this was the
 * right person. `refusal`: what is said where something has changed meanwhile.
 *
 * @throws 422 for what hinders them, and where the password was changed, the person turned OFF, or the code used, meanwhile; and for who has
 * a factor and gave none
 */
export async function enterAs<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  candidate: C,
  { session, request, deviceOf }: From,
  {
    password,
    factor,
    refusal = notFitting,
    isRight = () => {},
  }: { password?: string; factor?: UsableFactor; refusal?: () => Refusal; isRight?: () => void } = {},
): Promise<LoggedIn> {
  const { kind } = logins
  const { resellerId, id, email, passwordHash, passwordMark } = candidate
  const hindrance = await logins.maybeHindrance?.(candidate, services.database)
  if (hindrance) {
    isRight()
    await noteFailure(services, logins, candidate, { email, why: hindrance.why }, request)
    throw new Refusal(422, hindrance.sentence)
  }
  const isOutdated = password !== undefined && passwordHash && isOutdatedHash(passwordHash)
  const rehashed = isOutdated ? await hashPassword(password) : undefined
  const person: SessionPerson = { kind, id, resellerId }
  const author = { kind, id, name: email, standsInFor: null, reseller: { id: resellerId }, ...request }
  const account = accountOf(kind, candidate)
  const isTold = deviceOf(account) === null
  const { values, bind } = valuesOf(resellerId)
  const about = {
    ...aboutOf(person),
    ...(factor && { factor: factor.used, ...(factor.name !== undefined && { passkey: factor.name }) }),
  }
  const text = `
    with ${factor ? `held as (${holdSql(bind, person, passwordMark)}), used as (${factor.useSql(bind, 'held')}),` : ''}
      entered as (${loginSql(bind, person, { passwordMark, rehashed, hasProved: factor !== undefined })}),
      opened as (${sessionSql(bind, session, person, 'entered')}),
      recorded as (${recordSql(bind, author, LOGIN_SITES[kind].loggedIn, about, 'entered')})
      ${isTold ? `, noticed as (${noticeSql(bind, person, request, 'entered')})` : ''}
    select id from entered`
  // A password that was changed, or a person turned OFF, while this one was being checked lets nobody in any more.
  const mustHaveEntered = (rows: unknown[]) => {
    if (rows.length === 0) throw refusal()
  }
  if (isNobodys(session.replaces)) {
    mustHaveEntered(
      (
        await services.database.pool.query({
          name: `enter-${kind}${rehashed ? '-rehashed' : ''}${isTold ? '-told' : ''}${factor ? `-${factor.used}` : ''}`,
          text,
          values,
        })
      ).rows,
    )
  } else {
    await transaction(services, async (db) => {
      mustHaveEntered(await db.$queryRawUnsafe<unknown[]>(text, ...values))
      await closeFormer(db, session)
    })
  }
  isRight()
  return { person, account }
}

/** SQL that holds a person whose password is still this one. */
const holdSql = (bind: Bind, person: SessionPerson, passwordMark: string | null): string =>
  heldSql(bind, person, `password_mark is not distinct from ${bind(passwordMark)}`)

interface Proved {
  passwordMark: string | null
  rehashed: string | undefined
  /** Whether a factor was used: see enterAs(). */
  hasProved: boolean
}

/** SQL that notes a login of somebody who is ON, whose password is still this one, and who has used a factor or has none. Gives the row, or none. */
function loginSql(
  bind: Bind,
  { kind, id }: SessionPerson,
  { passwordMark, rehashed, hasProved }: Proved,
): string {
  const now = 'now()::timestamptz(3)'
  const isStaff = kind === 'staff'
  const table = isStaff ? 'staff' : 'customers'
  const proved = hasProved ? 'exists (select from used)' : `not ${hasFactorSql(kind, `${table}.id`)}`
  return `
    update ${table}
    set last_login_at = ${now}${rehashed ? `, password_hash = ${bind(rehashed)}` : ''}
    where reseller_id = $1 and id = ${bind(id)}${isStaff ? '::uuid' : ''} and state = 'ON'
      and password_mark is not distinct from ${bind(passwordMark)} and ${proved}
    returning id`
}
