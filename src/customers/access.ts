import { ask } from '../database/ask.ts'
import { currentTime } from '../database/clock.ts'
import type { Customer } from '../generated/prisma/client.ts'
import type { Actor } from '../people/actor.ts'
import { whyFailed } from '../people/events.ts'
import { isTemporaryOver } from '../people/store-password.ts'
import { type Sentence, t } from '../words/words.ts'

/** So far back failed logins are counted, in days. */
const DAYS = 7

/** So many of a customer's latest events are looked through for them, however many there are. */
const EVENTS_MAX = 1_000

/** Failed logins of one kind. */
export interface FailedLogins {
  why: string
  count: number
  latest: Date
  /** Until when the place where they were made is refused; null where it is not. */
  throttledUntil: Date | null
}

/** Whether a customer can log in to the console, and what is in the way. */
export interface Access {
  /** All that keeps the customer out now, the most lasting first; empty: the right password lets them in. */
  hindrances: Sentence[]
  /** Whether one of them keeps the customer out wherever they are. */
  isShut: boolean
  password: 'none' | 'temporary' | 'expired' | 'set'
  /** Of the last days, the most recent kind first. */
  failures: { says: Sentence; latest: Date }[]
  days: number
  throttledUntil: Date | null
}

type Facts = Pick<Customer, 'state' | 'passwordMark' | 'passwordExpiresAt'>

/** What the Access card says of a customer. */
export function accessOf(customer: Facts, failed: readonly FailedLogins[]): Access {
  const password = passwordOf(customer)
  const throttledUntil = failed.reduce<Date | null>(
    (latest, { throttledUntil: until }) => (until && (!latest || until > latest) ? until : latest),
    null,
  )
  return {
    hindrances: [
      ...(customer.state === 'OFF' ? [t('The account is OFF.')] : []),
      ...(password === 'none' ? [t('No password is set yet.')] : []),
      ...(password === 'expired' ? [t('The temporary password has expired.')] : []),
      ...(throttledUntil
        ? [t('After too many failed attempts, logins from the same place are blocked for a few minutes.')]
        : []),
    ],
    isShut: customer.state === 'OFF' || password === 'none' || password === 'expired',
    password,
    failures: failed.map(({ why, count, latest }) => ({
      says: t('{count} failed logins, {why}', { count, why: whyFailed(why) }),
      latest,
    })),
    days: DAYS,
    throttledUntil,
  }
}

function passwordOf({ passwordMark, passwordExpiresAt }: Facts): Access['password'] {
  if (!passwordMark) return 'none'
  if (isTemporaryOver(passwordExpiresAt)) return 'expired'
  return passwordExpiresAt ? 'temporary' : 'set'
}

/** The customer's failed logins of the last days. Asks for no permission: who sees the customer may know. */
export function failedLogins(
  actor: Pick<Actor, 'database' | 'reseller'>,
  { id }: { id: string },
): Promise<FailedLogins[]> {
  const now = currentTime()
  return ask(
    actor,
    (bind) => `
      select details->>'why' as why, count(*)::int as count, max(at) as latest,
        max((details->>'until')::timestamptz)
          filter (where (details->>'until')::timestamptz > ${bind(now)}::timestamptz) as "throttledUntil"
      from (
        select at, event, details from audit_rows
        where reseller_id = $1 and customer_id = ${bind(id)}
          and at > ${bind(now)}::timestamptz - make_interval(days => ${DAYS})
        order by at desc, id desc limit ${EVENTS_MAX}
      ) recent
      where event = 'customer.login_failed' group by 1 order by latest desc`,
    { latest: true, throttledUntil: true },
  )
}
