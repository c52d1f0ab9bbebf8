import { customerLoginFailed, staffLoginFailed } from './events.ts'
import { record, visitor } from '../events/record.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../web/refusal.ts'
import type { RequestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { countNothing } from './throttle.ts'

/** What is said of every login that fails, whatever the reason, as long as the password is not known to be right. */
export const notFitting = () => new Refusal(422, t('Incorrect e-mail address or password.'))

/**
 * A failure at an account that there is stands in its reseller's audit log. `throttledUntil`: until when no further try comes through
 * from where it was made, if it was the last one allowed.
 */
export async function noteFailure(
  { database }: Pick<Services, 'database'>,
  {
    resellerId,
    email,
    why,
    customer,
    throttledUntil,
  }: {
    resellerId: string
    email: string
    why: string
    customer?: { id: string; resetBy: string | null }
    throttledUntil?: Date | null
  },
  request: RequestFacts,
) {
  const author = visitor(resellerId, { ...request, afterResetBy: customer?.resetBy ?? null })
  const failure = { email, why, ...(throttledUntil && { until: throttledUntil.toISOString() }) }
  if (customer) await record(database.prisma, author, customerLoginFailed, { customer, ...failure })
  else await record(database.prisma, author, staffLoginFailed, failure)
}

/**
 * A failure at an address that nobody has belongs to no reseller: the process's log has it, the address under its digest, so that
 * the same one can be recognised. It costs one write, as the audit row does, so that the time taken tells nothing.
 */
export async function noteUnknown(services: Services, email: string, { ip, requestId }: RequestFacts) {
  const key = `login-unknown:${requestId}`
  await countNothing(services.database, key)
  const account = services.keys.sign('throttle', email).slice(0, 16)
  services.log.warn({ requestId, ip, account }, 'login failed: unknown address')
}
