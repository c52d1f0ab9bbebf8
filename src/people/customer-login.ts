import { customerLoggedIn, customerLoggedOut } from './events.ts'
import { record } from '../events/record.ts'
import { turnedOffSentence } from '../customers/turned-off.ts'
import { transaction } from '../database/client.ts'
import { databaseTime } from '../database/clock.ts'
import type { Customer } from '../generated/prisma/client.ts'
import { hashPassword, isOutdatedHash, passwordFits } from './password-hash.ts'
import { isTemporaryOver } from './temporary-password.ts'
import { RESELLER_FACE, type ResellerFace } from '../resellers/reseller.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../web/refusal.ts'
import type { RequestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { type Actor, consoleCustomerId, customerActor } from './actor.ts'
import { type Account, customerAccount } from './device.ts'
import { noteFailure, noteUnknown, notFitting } from './failed-login.ts'
import { type NewSession, closeSession, openSession } from './sessions.ts'
import { type SessionPerson, sessionDigest } from './session-store.ts'
import {
  type Attempt,
  type Counter,
  attempt,
  loginCounters,
  sharedLoginCounters,
  unseenLoginCounters,
} from './throttle.ts'

/** What a login needs to know of a customer whom it may mean. */
export type Candidate = Pick<
  Customer,
  | 'resellerId'
  | 'id'
  | 'email'
  | 'name'
  | 'state'
  | 'stateMessage'
  | 'passwordHash'
  | 'passwordExpiresAt'
  | 'resetBy'
> & { reseller: ResellerFace }

/** The columns of a candidate. */
export const CANDIDATE = {
  resellerId: true,
  id: true,
  email: true,
  name: true,
  state: true,
  stateMessage: true,
  passwordHash: true,
  passwordExpiresAt: true,
  resetBy: true,
  reseller: { select: RESELLER_FACE },
} as const

/** Who is in now, or, where the password fitted at several resellers, between whom to choose. */
export type CustomerLogin =
  { person: SessionPerson; account: Account; choice: null } | { choice: readonly Candidate[] }

interface From {
  request: RequestFacts
  /** Begins if the attempt succeeds. */
  session: NewSession
}

interface FromDoor extends From {
  /** The reseller at whose door it is made; null: at the one that all share. */
  reseller: Pick<ResellerFace, 'id'> | null
  /** See knownDevice(). */
  deviceOf: (account: Account) => string | null
}

/** One account that an attempt goes to, or the place of one that there is not. */
interface Door {
  candidate: Candidate | null
  counters: Counter[]
  /** Whether people are told when it is shut. Otherwise they would learn that there is such an account. */
  tellsWhenShut: boolean
}

/** What an attempt has to pass: counters that it shares with every other, and then those of each account that it goes to. */
interface Way {
  shared: Counter[]
  doors: Door[]
}

/**
 * At the door that all share, so many passwords are checked at least: the time taken does not tell whether an address has accounts at
 * none, one or several resellers.
 */
const CHECKS_MIN = 3

/**
 * Checks a customer's address and password, opens the session and notes the login. Without a reseller it tries every account of the address; the
 * password decides. Refuses, 422, with one sentence and after the same work for an unknown address, a wrong password and one that is
 * not set yet; only after the right password, in words of their own, a customer who is OFF and a temporary password that ran out; 429
 * after too many failures, which comes at a door as soon for an address that has no account there.
 */
export function signInCustomer(
  services: Services,
  typed: { email: string; password: string },
  from: FromDoor,
): Promise<CustomerLogin> {
  return attempt(services, async (made) => {
    const fitting = await fittingCandidates(services, typed, from, made)
    const [only, ...others] = fitting
    if (!only || others.length > 0) return { choice: fitting }
    return { ...(await enterAs(services, only, from, typed.password)), choice: null }
  })
}

/** Everybody of this address whose password it is, at least one. Refuses as signInCustomer() does. */
async function fittingCandidates(
  services: Services,
  { email, password }: { email: string; password: string },
  from: FromDoor,
  made: Attempt,
): Promise<Candidate[]> {
  const { shared, doors } = await wayOf(services, email, from)
  await made.count(shared, tooMany)
  const open = await openDoors(made, doors)
  const padding = from.reseller ? 0 : Math.max(0, CHECKS_MIN - open.length)
  const checks = [...open.map(({ candidate }) => candidate?.passwordHash), ...Array<null>(padding).fill(null)]
  const fits = await Promise.all(checks.map((hash) => passwordFits(hash, password)))
  const fitting = open.filter((_door, place) => fits[place])
  if (fitting.length === 0) {
    made.wasWrong()
    const until = (door: Door) => made.fullUntil([...shared, ...door.counters])
    await noteFailures(services, { doors, open, until }, email, from)
    throw notFitting()
  }
  for (const { counters } of [{ counters: shared }, ...fitting]) made.wasRight(counters)
  // Of the others it was not the password.
  made.wasWrong()
  return fitting.map(({ candidate }) => candidate as Candidate)
}

/**
 * Opens a session for a customer whose password has fitted, and notes the login. Refuses, 422, who is OFF, with the reseller's message, and a temporary
 * password that ran out. `password`, where it is at hand, makes a hash of older parameters anew.
 */
export async function enterAs(
  services: Services,
  candidate: Candidate,
  from: From,
  password?: string,
): Promise<{ person: SessionPerson; account: Account }> {
  const { resellerId, id, email, reseller, passwordHash } = candidate
  const hindrance = hindranceOf(candidate, await databaseTime(services.database.prisma))
  if (hindrance) {
    await noteFailure(services, { resellerId, email, why: hindrance.why, customer: candidate }, from.request)
    throw new Refusal(422, hindrance.sentence)
  }
  const isOutdated = password !== undefined && passwordHash && isOutdatedHash(passwordHash)
  const rehashed = isOutdated ? await hashPassword(password) : undefined
  const person = { kind: 'customer', id, resellerId } as const
  await transaction(services, async (db) => {
    // A password that was changed, or a customer turned OFF, while this one was being checked lets nobody in any more.
    const { count: stillTrue } = await db.customer.updateMany({
      where: { resellerId, id, passwordHash, state: 'ON' },
      data: { lastLoginAt: await databaseTime(db), ...(rehashed && { passwordHash: rehashed }) },
    })
    if (stillTrue !== 1) throw notFitting()
    await openSession(db, from.session, person)
    const actor = customerActor(services, reseller, candidate, from.request)
    await record(db, actor, customerLoggedIn, { customer: { id } })
  })
  return { person, account: customerAccount(candidate) }
}

/** Ends this session of a customer and notes the logout; once. */
export async function logOutCustomer(actor: Actor, { sessionId }: { sessionId: string }) {
  const customer = { id: consoleCustomerId(actor) }
  await transaction(actor, async (db) => {
    if (!(await closeSession(db, sessionDigest(sessionId), { request: actor }))) return
    await record(db, actor, customerLoggedOut, { customer })
  })
}

/**
 * Every account that the attempt goes to; one that nobody has where there is none, so that it costs and counts the same. A browser that
 * has been in one of them has its own counter for that one, and passes what it would share with strangers.
 */
async function wayOf(
  { database }: Services,
  email: string,
  { reseller, request: { ip }, deviceOf }: FromDoor,
): Promise<Way> {
  const candidates: Candidate[] = await database.prisma.customer.findMany({
    where: { email, ...(reseller && { resellerId: reseller.id }) },
    select: CANDIDATE,
    orderBy: { reseller: { name: 'asc' } },
  })
  const doorOf = (candidate: Candidate | null, resellerId: string): Door => {
    const account = customerAccount({ resellerId, email })
    const device = deviceOf(account)
    const tellsWhenShut = reseller !== null || device !== null
    const counters = tellsWhenShut ? loginCounters(account, { ip, device }) : unseenLoginCounters(account, ip)
    return { candidate, counters, tellsWhenShut }
  }
  const doors =
    candidates.length === 0
      ? [doorOf(null, reseller?.id ?? '')]
      : candidates.map((candidate) => doorOf(candidate, candidate.resellerId))
  const hasItsOwn = doors.some(({ tellsWhenShut }) => tellsWhenShut)
  return { shared: hasItsOwn ? [] : sharedLoginCounters(email, ip), doors }
}

/** The doors that may still be tried, the attempt counted at each. Refuses, 429, where one is shut that may say so. */
async function openDoors(made: Attempt, doors: readonly Door[]): Promise<Door[]> {
  // All of them, whatever becomes of one: what is counted later than the end of the attempt would stay.
  const counting = await Promise.allSettled(doors.map(({ counters }) => made.count(counters, tooMany)))
  return doors.filter(({ tellsWhenShut }, place) => {
    const counted = counting[place] as PromiseSettledResult<void>
    if (counted.status === 'fulfilled') return true
    if (tellsWhenShut || !(counted.reason instanceof Refusal)) throw counted.reason
    return false
  })
}

const tooMany = (minutes: number) =>
  t('Too many attempts have failed. Try again in {minutes} minutes, or ask for a new password.', { minutes })

async function noteFailures(
  services: Services,
  {
    doors,
    open,
    until,
  }: { doors: readonly Door[]; open: readonly Door[]; until: (door: Door) => Date | null },
  email: string,
  { request }: From,
) {
  const noting = doors.map((door) => {
    if (!door.candidate) return noteUnknown(services, email, request)
    const { resellerId, passwordHash } = door.candidate
    const why = !open.includes(door) ? 'throttled' : passwordHash ? 'wrong_password' : 'no_password'
    const failure = { resellerId, email, why, customer: door.candidate, throttledUntil: until(door) }
    return noteFailure(services, failure, request)
  })
  await Promise.all(noting)
}

function hindranceOf(candidate: Candidate, now: Date) {
  const { state, passwordExpiresAt, reseller } = candidate
  if (state === 'OFF') return { why: 'off', sentence: turnedOffSentence(reseller, candidate) }
  if (isTemporaryOver(passwordExpiresAt, now)) {
    return {
      why: 'password_expired',
      sentence: t(
        'This temporary password has expired. Ask {reseller} for another, or request a link to set your own.',
        { reseller: reseller.name },
      ),
    }
  }
  return null
}
