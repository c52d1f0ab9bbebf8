import { record, visitor } from '../events/record.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { type Account, accountOf } from './device.ts'
import { LOGIN_SITES, aboutOf } from './login-site.ts'
import type { Candidate, From, Logins } from './logins.ts'
import {
  type Attempt,
  type Counter,
  loginCounters,
  sharedLoginCounters,
  unseenLoginCounters,
  writeDummyCounter,
} from './throttle.ts'

/** Where an attempt is made. */
export interface FromPage extends From {
  /** The reseller whose login page it is; null for the one that all share. */
  resellerId: string | null
  /** Whether an address may have several accounts here. */
  isShared: boolean
}

/** An account that an attempt is made at, or that there is none. */
export interface Target<C extends Candidate> {
  candidate: C | null
  account: Account
  device: string | null
  counters: Counter[]
  /** Whether people are told when it is shut. Otherwise they would learn that there is such an account. */
  tellsWhenShut: boolean
}

/** What an attempt has to pass: counters that it shares with every other, and then those of each account that it goes to. */
interface Way<C extends Candidate> {
  shared: Counter[]
  targets: Target<C>[]
}

/**
 * At the shared login page, so many passwords are checked at least: the time taken does not tell whether an address has accounts at
 * none, one or several resellers.
 */
export const CHECKS_MIN = 3

/** What is said where passwords and passkeys of an account, or from a network, have failed too often. */
export const tooMany = (minutes: number) =>
  t('Too many attempts have failed. Try again in {minutes} minutes, or ask for a new password.', { minutes })

/**
 * Every account that the attempt goes to; one that nobody has where there is none, so that it costs and counts the same. A browser that
 * has been in one of them has its own counter for that one, and passes what it would share with strangers.
 */
export async function wayOf<C extends Candidate>(
  { database }: Services,
  logins: Logins<C>,
  email: string,
  { resellerId: asked, isShared, request: { ip }, deviceOf }: FromPage,
): Promise<Way<C>> {
  const candidates = await logins.candidates(database, email, asked)
  const targetOf = (candidate: C | null, resellerId: string): Target<C> => {
    const account = accountOf(logins.kind, { resellerId, email })
    const device = deviceOf(account)
    const tellsWhenShut = !isShared || device !== null
    const counters = tellsWhenShut ? loginCounters(account, { ip, device }) : unseenLoginCounters(account, ip)
    return { candidate, account, device, counters, tellsWhenShut }
  }
  const targets =
    candidates.length === 0
      ? [targetOf(null, asked ?? '')]
      : candidates.map((candidate) => targetOf(candidate, candidate.resellerId))
  const hasItsOwn = targets.some(({ tellsWhenShut }) => tellsWhenShut)
  return { shared: hasItsOwn ? [] : sharedLoginCounters(email, ip), targets }
}

/** The accounts that may still be tried, with the attempt counted for each. @throws 429 if one is shut and may say so */
export async function openTargets<C extends Candidate>(
  made: Attempt,
  targets: readonly Target<C>[],
  refusal: (target: Target<C>) => (minutes: number) => Sentence = () => tooMany,
): Promise<Target<C>[]> {
  // All of them, whatever becomes of one: what is counted later than the end of the attempt would stay.
  const counting = await Promise.allSettled(
    targets.map((target) => made.count(target.counters, refusal(target))),
  )
  return targets.filter(({ tellsWhenShut }, place) => {
    const counted = counting[place] as PromiseSettledResult<void>
    if (counted.status === 'fulfilled') return true
    if (tellsWhenShut || !(counted.reason instanceof Refusal)) throw counted.reason
    return false
  })
}

/** That the password of an account was right, where that lets nobody in yet. */
export const noteAccepted = <C extends Candidate>(
  { database }: Services,
  { kind }: Logins<C>,
  { resellerId, id, email, resetBy = null }: C,
  { request }: From,
) =>
  record(
    database.prisma,
    visitor(resellerId, { ...request, afterResetBy: resetBy }),
    LOGIN_SITES[kind].passwordAccepted,
    { ...aboutOf({ kind, id }), email },
  )

interface Failed<C extends Candidate> {
  email: string
  targets: readonly Target<C>[]
  open: readonly Target<C>[]
  until: (target: Target<C>) => Date | null
}

/** Counts and records an attempt that found no way in, for each account that it was meant for; where there is none, for the address. */
export async function noteFailures<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  { email, targets, open, until }: Failed<C>,
  { request }: From,
) {
  const noting = targets.map((target) => {
    const { candidate } = target
    if (!candidate) return noteUnknown(services, email, request)
    const whyNot = candidate.passwordMark ? (logins.whyNever?.(candidate) ?? 'wrong_password') : 'no_password'
    const why = open.includes(target) ? whyNot : 'throttled'
    return noteFailure(services, logins, candidate, { email, why, until: until(target) }, request)
  })
  await Promise.all(noting)
}

/**
 * A failure at an account that there is stands in its reseller's audit log. `until`: until when no further try comes through from where
 * it was made, if it was the last one allowed.
 */
export async function noteFailure<C extends Candidate>(
  { database }: Pick<Services, 'database'>,
  { kind }: Logins<C>,
  { resellerId, id, resetBy = null }: Candidate,
  { email, why, until }: { email: string; why: string; until?: Date | null },
  request: RequestFacts,
) {
  await record(
    database.prisma,
    visitor(resellerId, { ...request, afterResetBy: resetBy }),
    LOGIN_SITES[kind].loginFailed,
    { ...aboutOf({ kind, id }), email, why, ...(until && { until: until.toISOString() }) },
  )
}

/** What costs as much as noting so many failures, and notes none. */
export async function noteNothing({ database }: Services, count: number, { requestId }: RequestFacts) {
  const places = Array.from({ length: count }, (_, place) => place)
  await Promise.all(places.map((place) => writeDummyCounter(database, `login-${place}:${requestId}`)))
}

/**
 * A failure at an address that nobody has belongs to no reseller: the process's log has it, the address under its digest, so that
 * the same one can be recognised. It costs one write, as the audit row does, so that the time taken tells nothing.
 */
export async function noteUnknown(services: Services, email: string, { ip, requestId }: RequestFacts) {
  const key = `login-unknown:${requestId}`
  await writeDummyCounter(services.database, key)
  const account = services.keys.sign('throttle', email).slice(0, 16)
  services.log.warn({ requestId, ip, account }, 'login failed: unknown address')
}
