import { createHash } from 'node:crypto'
import type { Transaction } from '../database/client.ts'
import type { Customer, Team } from '../generated/prisma/client.ts'
import { LIMITS } from '../people/session-store.ts'
import { t } from '../words/words.ts'

/** A login-as session lasts 30 minutes at most, from the request on and never prolonged, and ends after 10 without a page. */
export const LOGIN_AS_MINUTES_MAX = 30
export const LOGIN_AS_IDLE_MINUTES_MAX = 10

/** Whether the portal session is alive; if so, it stays so until the transaction ends. */
export async function holdPortalSession(db: Transaction, digest: string): Promise<boolean> {
  const held = await db.$queryRaw<unknown[]>`
    select 1 from sessions
    where id = ${digest} and staff_id is not null and ended_at is null and expires_at > now()
      and last_seen_at > now() - make_interval(mins => ${LIMITS.staff.idleMinutesMax})
    for no key update`
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

/** The digest under which a hand-over code is kept. */
export const codeHash = (code: string) => createHash('sha256').update(code).digest('hex')
