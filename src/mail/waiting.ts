import { QUEUE_SCHEMA } from '../jobs/queue.ts'
import type { Services } from '../services.ts'
import type { Sender } from './sender.ts'

/** The jobs that wait for their next try, and whose last one ended in a failure of one of the names in $1. */
const WAITING = `name = 'send-mail' and state = 'retry' and output ->> 'name' = any($1) and start_after > now()`

/** The names of MailServerAway and MailLoginRefused. */
const AWAY = ['MailServerAway']
const NOT_LET_IN = [...AWAY, 'MailLoginRefused']

/**
 * Where mails wait for a mail server that was away, asks it, and has all that wait for it sent now if it lets us in. Nobody is asked
 * where none waits; nor who refused our password, but for once at a start, which may have brought another password.
 * @returns whether any is due now that was not before
 */
export async function sendWaitingIfBack(
  services: Services,
  sender: Sender | null,
  { isStart = false } = {},
): Promise<boolean> {
  if (!sender) return false
  const { rowCount } = await services.database.pool.query(
    `select from ${QUEUE_SCHEMA}.job where ${WAITING} limit 1`,
    [isStart ? NOT_LET_IN : AWAY],
  )
  if (!rowCount || !(await sender.answers())) return false
  return sendWaitingNow(services)
}

/**
 * Makes all mails due that wait for a mail server that was away or did not let us in; not those that it refused for now.
 * @returns whether there were any
 */
export async function sendWaitingNow({ database }: Services): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `update ${QUEUE_SCHEMA}.job set start_after = now() where ${WAITING}`,
    [NOT_LET_IN],
  )
  return Boolean(rowCount)
}
