import { finished } from 'node:stream'
import type { NextFunction, Request, Response } from 'express'
import { isDatabaseLost } from '../database/failures.ts'
import { newId } from '../database/id.ts'
import { type Services, services } from '../services.ts'
import { CUT_BEFORE_ANSWER, shownPath } from '../web/request-log.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import type { CurrentLoginAs } from '../login-as/validity.ts'
import { WAYS_OUT } from '../login-as/login-as.ts'
import { touchSession } from '../people/session-store.ts'

const SAFE = new Set(['GET', 'HEAD'])

/** A use of a login-as, and of the portal session behind it, is noted twice a minute at most. */
const SEEN_AGAIN_AFTER_SECONDS = 30

/** Under which login-as a request has its row: the actor is loaded again after a wait. */
const WRITTEN_DOWN = new WeakMap<Request, string>()

/** Counts the request and adds its row, in one statement, unless the login-as has ended. */
const STATEMENT = `
  with counted as (
    update login_as set requests = requests + 1,
      last_seen_at = case when last_seen_at < now() - make_interval(secs => $7) then now() else last_seen_at end
    where reseller_id = $1 and id = $2 and ended_at is null
    returning requests, last_seen_at
  ), added as (
    insert into login_as_events (reseller_id, id, login_as_id, seq, method, path, request_id)
    select $1, $3, $2, requests, $4, $5, $6 from counted
  )
  select last_seen_at as "lastSeenAt" from counted`

/**
 * Records a request of a login-as session, once, committed before anything of its response leaves; status and end are added afterwards.
 * Gives when the session was last seen, or null if it has ended. Uses the ordinary connection, since that of a ReadOnly Login cannot
 * write.
 *
 * @throws 503 if it cannot be recorded: a page that leaves no trace is not shown
 */
export async function recordRequest(
  req: Request,
  res: Response,
  loginAs: CurrentLoginAs,
): Promise<Date | null> {
  const { database, log } = services(req)
  const { resellerId, id: loginAsId, portalSession, lastSeenAt } = loginAs
  if (WRITTEN_DOWN.get(req) === loginAsId) return lastSeenAt
  const id = newId()
  const values = [resellerId, loginAsId, id, req.method, shownPath(req), req.id, SEEN_AGAIN_AFTER_SECONDS]
  let seen: Date | undefined
  try {
    const { rows } = await database.pool.query<{ lastSeenAt: Date }>({
      name: 'login-as-request',
      text: STATEMENT,
      values,
    })
    seen = rows[0]?.lastSeenAt
  } catch (error) {
    if (isDatabaseLost(error)) throw error
    log.error({ err: error, requestId: req.id }, 'could not record a request of a login-as session')
    throw new Refusal(
      503,
      t('This request could not be recorded, so the page is not shown. Try again in a few seconds.'),
      {
        facts: { retryAfterSeconds: 5 },
      },
    )
  }
  if (!seen) return null
  WRITTEN_DOWN.set(req, loginAsId)
  // Also where the reader leaves before the end: what has been read by then has been read.
  finished(res, () => addEnd(services(req), { resellerId, id }, req, res))
  if (seen > lastSeenAt) {
    // A statement of its own: what ends both locks the portal session first, and neither must wait for the other.
    await touchSession(database, portalSession)
  }
  return seen
}

function addEnd(
  { database, log }: Services,
  { resellerId, id }: { resellerId: string; id: string },
  req: Request,
  res: Response,
) {
  database.pool
    .query('update login_as_events set status = $3, ended_at = now() where reseller_id = $1 and id = $2', [
      resellerId,
      id,
      res.headersSent ? res.statusCode : CUT_BEFORE_ANSWER,
    ])
    .catch((error: unknown) =>
      log.error(
        { err: error, requestId: req.id },
        'could not record the end of a request of a login-as session',
      ),
    )
}

/**
 * Refuses every unsafe method under ReadOnly Login before anything else looks at it. (The second layer is the actor's database, the
 * third the page, which shows no control that works.)
 */
export function refuseUnderReadOnly(req: Request, _res: Response, next: NextFunction) {
  const { actor } = req
  if (actor?.loginAs?.mode !== 'readonly' || SAFE.has(req.method) || WAYS_OUT.has(pathOf(req))) return next()
  next(new Refusal(403, t('ReadOnly Login: you can view everything, but change nothing.')))
}

const pathOf = ({ originalUrl }: Request) => originalUrl.split('?')[0] as string
