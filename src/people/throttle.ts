import { isIPv6 } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../database/client.ts'
import { currentTime } from '../database/clock.ts'
import { isDatabaseLost } from '../database/failures.ts'
import { nameOf } from '../database/prepared.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import { type Account, accountOf } from './device.ts'

/**
 * How often something may be tried in how many minutes. `isForgotten`: a success wipes the slate, because it proves that this was
 * the right person; what many people share only gets the one attempt back.
 */
const LIMITS = {
  /** Logins from one network to one account. */
  'login-pair': { points: 10, minutes: 15, isForgotten: true },
  /** The same at the shared login page. A login at one reseller must not clear failures at another. */
  'login-shared': { points: 10, minutes: 15, isForgotten: false },
  /** Logins from one network, to whatever account. */
  'login-network': { points: 100, minutes: 15, isForgotten: false },
  /** Logins to one account from browsers that have never been in it, from wherever. */
  'login-account': { points: 100, minutes: 60, isForgotten: false },
  /** Logins from one browser that has been in this account before. */
  'login-device': { points: 10, minutes: 15, isForgotten: true },
  /** Codes of a second factor for one account, from browsers that have never been in it: there are only a million of them. */
  'login-code': { points: 50, minutes: 24 * 60, isForgotten: false },
  /** The same from one browser that has been in it. */
  'login-code-device': { points: 30, minutes: 24 * 60, isForgotten: false },
  /** Right factors after one password, which take its attempt back once. It outlasts the login that waits. */
  'half-login': { points: 1, minutes: 15, isForgotten: false },
  /** Own password typed again by somebody who is logged in. */
  'own-password': { points: 10, minutes: 15, isForgotten: true },
  /** Codes of an authenticator app typed by somebody who is logged in: six digits are few. */
  'own-code': { points: 30, minutes: 24 * 60, isForgotten: false },
  /** New passwords that were refused: of one person, or through one link. */
  'new-password': { points: 10, minutes: 15, isForgotten: false },
  /** The same for everybody who registers through one invite, from one network. */
  'join-password': { points: 30, minutes: 15, isForgotten: false },
  /** Changes of one customer's own address: each sends mail to an address that may be anybody's. */
  'own-email': { points: 5, minutes: 60, isForgotten: false },
  /** Links by which one customer proves after a reset who they are, asked for in the console. */
  'reset-link': { points: 5, minutes: 60, isForgotten: false },
  /** Links for a forgotten password: asked for one account, and from one network. */
  'forgotten-account': { points: 5, minutes: 30, isForgotten: false },
  'forgotten-network': { points: 30, minutes: 30, isForgotten: false },
  /** Registrations through an invite, tried from one network. */
  'join-network': { points: 100, minutes: 15, isForgotten: false },
  /** Answers to one challenge of a passkey, which outlasts it by far. */
  'passkey-challenge': { points: 1, minutes: 15, isForgotten: false },
  /** Wrong set-up tokens from one network. */
  'setup-network': { points: 20, minutes: 15, isForgotten: true },
} as const

type Limit = keyof typeof LIMITS

/** What is counted: a limit, and the account, network or browser that it is counted for. */
export interface Counter {
  limit: Limit
  of: string
}

/** Where an attempt comes from. */
export interface Origin {
  ip: string | null
  /** See knownDevice(). */
  device: string | null
}

/**
 * What a login counts towards. A browser that was logged in to the account before only has a counter of its own, so a stranger who
 * fails on purpose, from one network or from thousands, cannot lock the owner out (OWASP, "Slow Down Online Guessing Attacks with
 * Device Cookies"). For all others the network's counter comes first, so that attempts it refuses do not fill the account's.
 */
export function loginCounters(account: Account, { ip, device }: Origin): Counter[] {
  if (device) return [{ limit: 'login-device', of: device }]
  const network = networkOf(ip)
  return [
    { limit: 'login-pair', of: `${account} ${network}` },
    { limit: 'login-network', of: network },
    { limit: 'login-account', of: account },
  ]
}

/** What stands for all accounts of an address together. */
export const sharedAccount = (email: string): Account => accountOf('customer', { resellerId: '*', email })

/**
 * What a login at the shared login page counts towards, whatever accounts the address has, so that a refusal tells of none. These counters
 * are not those of a reseller's own login page, which would otherwise show that there is an account.
 */
export function sharedLoginCounters(email: string, ip: string | null): Counter[] {
  const [pair, account] = unseenLoginCounters(sharedAccount(email), ip)
  return [pair, { limit: 'login-network', of: networkOf(ip) }, account]
}

/**
 * What a login at that page counts towards for one of the accounts, without the visitor seeing it. Getting in at another account of the same
 * address takes the attempt back from what all share, but not from here: otherwise somebody with an account of the address elsewhere,
 * whose password they can choose, could go on guessing this one's.
 */
export function unseenLoginCounters(account: Account, ip: string | null): [Counter, Counter] {
  return [
    { limit: 'login-shared', of: `${account} ${networkOf(ip)}` },
    { limit: 'login-account', of: `${account} shared` },
  ]
}

/**
 * What a code for an account counts towards, beside what a password does. `isUnseen`: at the shared login page, whose counters are not those of
 * a reseller's own, see sharedLoginCounters().
 */
export const codeCounter = (
  account: Account,
  { device, isUnseen = false }: Pick<Origin, 'device'> & { isUnseen?: boolean },
): Counter =>
  device
    ? { limit: 'login-code-device', of: device }
    : { limit: 'login-code', of: isUnseen ? `${account} shared` : account }

type AttemptsOf = (counter: Counter) => number

/** One attempt at something that is limited: what has been counted for it, and what becomes of that. */
export interface Attempt {
  /**
   * Counts it before it is made, so that many at once are no way around the limit. Refuses, 429, when one of the counters is at its end;
   * the later ones are then left alone.
   */
  count(counters: readonly Counter[], refusal?: (minutes: number) => Sentence): Promise<void>
  /** Until when these counters let nothing more through, where this attempt was the last that one of them did; otherwise null. */
  fullUntil(counters: readonly Counter[]): Date | null
  /** What was counted stays, because the attempt was wrong or is limited whatever comes of it. All of it, or these counters. */
  keepCount(counters?: readonly Counter[]): void
  /**
   * The attempt was right: what was counted before is wiped, where the limit says so. `attempts`: so many that a counter has counted belonged
   * to it, such as a password and then a code.
   */
  clearCount(counters?: readonly Counter[], how?: { attempts?: AttemptsOf }): void
}

/**
 * Makes an attempt that counts towards limits. What it counted is taken back unless `make` has called keepCount(): an attempt that
 * fails because the database is away, full or locked says nothing about the person who made it.
 */
export async function attempt<Result>(
  services: Pick<Services, 'database' | 'keys'>,
  make: (attempt: Attempt) => Promise<Result>,
): Promise<Result> {
  const open = new Set<Counter>()
  const fullUntil = new Map<Counter, Date>()
  const settling: Promise<void>[] = []
  const settle = (counters: readonly Counter[], how: (counters: readonly Counter[]) => Promise<void>) => {
    const now = counters.filter((counter) => open.delete(counter))
    if (now.length > 0) settling.push(how(now))
  }
  const made: Attempt = {
    async count(counters, refusal = tooOften) {
      for (const { counter, points, msLeft } of await consume(services, counters)) {
        const { points: pointsMax } = LIMITS[counter.limit]
        if (points > pointsMax) throw exhausted(msLeft, refusal)
        if (points === pointsMax) fullUntil.set(counter, new Date(currentTime().getTime() + msLeft))
        open.add(counter)
      }
    },
    fullUntil: (counters) =>
      counters.reduce<Date | null>((latest, counter) => {
        const until = fullUntil.get(counter)
        return until && (!latest || until > latest) ? until : latest
      }, null),
    keepCount: (counters = [...open]) => settle(counters, async () => {}),
    clearCount: (counters = [...open], { attempts = () => 1 } = {}) =>
      settle(counters, (right) => giveBack(services, right, { isRight: true, attempts })),
  }
  try {
    return await make(made)
  } finally {
    settle([...open], (counters) => giveBack(services, counters, { isRight: false }))
    // Where the database is in trouble, it goes on without us.
    await Promise.race([Promise.all(settling), wait(SETTLING_MS_MAX, undefined, { ref: false })])
  }
}

/**
 * Does something that may be done so often only. It counts when it was done and when it was refused, not when it failed.
 *
 * @throws 429 when one of the counters is at its end
 */
export function limited<Result>(
  services: Pick<Services, 'database' | 'keys'>,
  counters: readonly Counter[],
  work: () => Promise<Result>,
  refusal?: (minutes: number) => Sentence,
): Promise<Result> {
  return attempt(services, async (made) => {
    await made.count(counters, refusal)
    try {
      const result = await work()
      made.keepCount()
      return result
    } catch (error) {
      if (error instanceof Refusal && error.status !== 503) made.keepCount()
      throw error
    }
  })
}

/** Counts what may be done once: whether this was the first time, in whichever process. One statement. */
export async function isFirstUse(
  services: Pick<Services, 'database' | 'keys'>,
  counter: Counter,
): Promise<boolean> {
  const [counted] = await consume(services, [counter])
  return counted?.points === 1
}

const tooOften = (minutes: number) => t('Too many attempts. Try again in {minutes} minutes.', { minutes })

interface Consumed {
  counter: Counter
  /** How many attempts it has counted, this one included. */
  points: number
  /** Until it starts again. */
  msLeft: number
}

/** Counts one attempt, in one statement. After a counter that is beyond its end, the later ones are left alone. */
async function consume(
  services: Pick<Services, 'database' | 'keys'>,
  counters: readonly Counter[],
): Promise<Consumed[]> {
  if (counters.length === 0) return []
  const values = counters.flatMap((counter) => {
    const { points, minutes } = LIMITS[counter.limit]
    return [keyOf(services, counter), minutes * 60_000, points]
  })
  const { rows } = await services.database.pool.query<Omit<Consumed, 'counter'>>({
    name: `throttle-count-${counters.length}`,
    text: countSql(counters.length),
    values,
  })
  return rows.map((row, place) => ({ counter: counters[place] as Counter, ...row }))
}

/** The refusal, 429, of whatever comes after the last attempt that a counter lets through. */
function exhausted(msLeft: number, refusal: (minutes: number) => Sentence): Refusal {
  const seconds = Math.max(1, Math.ceil(msLeft / 1000))
  return new Refusal(429, refusal(Math.ceil(seconds / 60)), { facts: { retryAfterSeconds: seconds } })
}

/** An answer waits so long at most until what it counted is settled, in milliseconds. */
const SETTLING_MS_MAX = 1_000

/** Between two tries to settle what the database would not take. */
const SETTLE_AGAIN_MS = 5_000

/**
 * Takes back what an attempt has counted, or, where it was right, all that these counters have, if their limit says so. One statement, which
 * is tried until the database has taken it; no longer than the limits last, after which there is nothing left to take back.
 */
async function giveBack(
  services: Pick<Services, 'database' | 'keys'>,
  counters: readonly Counter[],
  { isRight, attempts = () => 1 }: { isRight: boolean; attempts?: AttemptsOf },
): Promise<void> {
  const { database } = services
  const steps = counters.map((counter, place) => {
    const change =
      isRight && LIMITS[counter.limit].isForgotten
        ? 'delete from throttles'
        : `update throttles set points = greatest(points - ${attempts(counter)}, 0)`
    // In the order in which they were counted, see countSql().
    const after = place === 0 ? '' : `and (select count(*) from step_${place - 1}) >= 0`
    return `step_${place} as (${change} where key = $${place + 1} ${after} returning key)`
  })
  const text = `with ${steps.join(', ')} select`
  const values = counters.map((counter) => keyOf(services, counter))
  const minutes = Math.max(...counters.map(({ limit }) => LIMITS[limit].minutes))
  const until = performance.now() + minutes * 60_000
  while (performance.now() < until && !database.pool.ending) {
    try {
      return void (await database.pool.query({ name: nameOf(text), text, values }))
    } catch (error) {
      if (!isDatabaseLost(error)) throw error
      await wait(SETTLE_AGAIN_MS, undefined, { ref: false })
    }
  }
}

/**
 * What counts as one sender: an IPv4 address, or the /64 of an IPv6 one, which is what a single household is given.
 */
export function networkOf(ip: string | null | undefined): string {
  if (!ip) return 'unknown'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped) return mapped[1] as string
  if (!isIPv6(ip)) return ip
  const [head = '', tail] = ip.toLowerCase().split('%')[0]?.split('::') ?? []
  const groups = (part: string | undefined) => (part ? part.split(':') : [])
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...groups(tail)]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** No account and no address stands in the table in clear: addresses that nobody has may be passwords in the wrong field. */
const keyOf = ({ keys }: Pick<Services, 'keys'>, { limit, of }: Counter) =>
  `${limit}:${keys.sign('throttle', `${limit} ${of}`)}`

/** The database's clock, as the table has it: milliseconds since 1970. */
const NOW_MS = `(extract(epoch from clock_timestamp()) * 1000)::bigint`

/**
 * Counts one more for each of so many counters, and starts again at 1 where the time of a counter is over. One statement, so that none of
 * many at once is lost. $1, $2, $3 are key, milliseconds and points of the first, and so on.
 */
function countSql(counters: number): string {
  const places = Array.from({ length: counters }, (_, place) => place)
  const count = (place: number) => {
    const [key, ms] = [3 * place + 1, 3 * place + 2].map((at) => `$${at}`)
    // Each holds its row until the end: in the order of the counters, so that two attempts never wait for each other.
    const before = place === 0 ? '' : `, count_${place - 1} where points <= $${3 * place}::integer`
    return `count_${place} as (
      insert into throttles as counter (key, points, expire) select ${key}, 1, now + ${ms}::bigint from clock${before}
      on conflict (key) do update set
        points = case when counter.expire > (select now from clock) then counter.points + 1 else 1 end,
        expire = case when counter.expire > (select now from clock) then counter.expire else excluded.expire end
      returning points, (expire - (select now from clock))::float8 as "msLeft")`
  }
  const rows = places.map(
    (place) => `select ${place} as place, points, "msLeft", $${3 * place + 3}::integer from count_${place}`,
  )
  return `with clock as (select ${NOW_MS} as now), ${places.map(count).join(', ')}
    select points, "msLeft" from (${rows.join(' union all ')}) counted order by place`
}

/** Writes a row that counts nothing and is over at once: for an attempt that has to cost as much as others do. */
export async function writeDummyCounter({ pool }: Database, key: string) {
  await pool.query(`insert into throttles (key, points, expire) values ($1, 1, ${NOW_MS})`, [key])
}

/** Takes away the counters whose time is over: the next attempt would start a new count. Passes over what others hold. */
export async function sweepThrottles({ database }: Pick<Services, 'database'>) {
  await database.pool.query(
    `delete from throttles where key in (select key from throttles where expire <= ${NOW_MS} for update skip locked)`,
  )
}
