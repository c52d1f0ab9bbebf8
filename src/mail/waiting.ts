import { QUEUE_SCHEMA } from '../jobs/queue.ts'
import type { Services } from '../services.ts'
import type { Sender } from './sender.ts'

/** The jobs whose last try ended in a MailServerAway and that wait for their next one. */
const WAITING = `name = 'send-mail' and state = 'retry' and output ->> 'name' = 'MailServerAway' and start_after > now()`

/**
 * Where mails wait for a mail server that was away, asks it, and has them sent now if it answers. Nobody is asked where none waits; who
 * refused our password is not asked again.
 * @returns whether any is due now that was not before
 */
export async function sendWaitingIfBack(services: Services, sender: Sender | null): Promise<boolean> {
  if (!sender) return false
  const { rowCount } = await services.database.pool.query(
    `select from ${QUEUE_SCHEMA}.job where ${WAITING} limit 1`,
  )
  if (!rowCount || !(await sender.answers())) return false
  return sendWaitingNow(services)
}

/**
 * Makes all mails due that wait for a mail server that was away; not those that it refused for now.
 * @returns whether there were any
 */
export async function sendWaitingNow({ database }: Services): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `update ${QUEUE_SCHEMA}.job set start_after = now() where ${WAITING}`,
  )
  return Boolean(rowCount)
}
