import { transaction } from '../database/client.ts'
import { record } from '../events/record.ts'
import type { Services } from '../services.ts'
import type { Actor } from './actor.ts'
import { type Account, accountOf } from './device.ts'
import { enterAs, notFitting } from './enter.ts'
import type { UsableFactor } from './factors.ts'
import { type HalfLogin, halfLogin } from './half-login.ts'
import {
  CHECKS_MIN,
  type FromPage,
  type Target,
  noteAccepted,
  noteFailures,
  noteNothing,
  openTargets,
  tooMany,
  wayOf,
} from './login-attempt.ts'
import { LOGIN_SITES, aboutOf } from './login-site.ts'
import type { Candidate, From, LoggedIn, Logins } from './logins.ts'
import { hashPassword, isOutdatedHash, markOf, passwordFits } from './password-hash.ts'
import { sessionDigest } from './session-store.ts'
import { closeSession } from './sessions.ts'
import { type Attempt, attempt } from './throttle.ts'

interface FromLogin extends FromPage {
  /** See maybeTrusted(). */
  trustOf: (candidate: Candidate) => Promise<UsableFactor | null>
}

/** Who is in now; or, where the password fitted at several resellers, between whom to choose; or what waits for the second factor. */
export type Login<C extends Candidate> =
  | { choice: null; half: null; loggedIn: LoggedIn }
  | { choice: readonly C[]; half: null }
  | { choice: null; half: HalfLogin }

/**
 * Checks an address and a password, opens the session and notes the login. At a shared login page it tries every account of the address; the
 * password decides. Who has a second factor is not in by that but in a browser that is trusted, see proveByFactor(): whether the password
 * was right is told with the code. As soon as anybody has one, every login that fails goes on to the code as well, so that this tells
 * nothing of the account. Where the password also fits an account without one, the others are offered beside it in browsers that have been
 * in them, and nowhere else.
 *
 * @throws 422 with one sentence and after the same work for an unknown address, a wrong password, one that is not set yet and a staff
 * member who is OFF; only after the right password, in words of their own, for what else hinders somebody; 429 after too many failures,
 * which comes as soon for an address that has no account there
 */
export function logIn<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  typed: { email: string; password: string },
  from: FromLogin,
): Promise<Login<C>> {
  return attempt(services, async (made) => {
    const { fitting, others } = await fittingCandidates(services, logins, typed, from, made)
    const isRight = () => made.clearCount()
    const found = await Promise.all(
      fitting.map(async (candidate) => ({
        candidate,
        trusted: candidate.hasFactor ? await from.trustOf(candidate) : null,
      })),
    )
    const waits = ({ candidate, trusted }: (typeof found)[number]) => candidate.hasFactor && trusted === null
    if (found.every(waits)) {
      // Asked also where somebody has one, so that both cost the same.
      const asksEverybody = await logins.asksEverybody(services.database, from.resellerId)
      if (fitting.length === 0 && !asksEverybody) throw notFitting()
      made.keepCount()
      return { choice: null, half: await halfWay(services, logins, { fitting, others }, typed, from) }
    }
    const isKnown = (one: Account) => from.deviceOf(one) !== null
    const offered = found.filter((one) => !waits(one) || isKnown(accountOf(logins.kind, one.candidate)))
    // The person is told of it in their activity: whoever knows the password may not be them.
    const withheld = found.filter((one) => !offered.includes(one))
    await Promise.all(withheld.map(({ candidate }) => noteAccepted(services, logins, candidate, from)))
    const [only, ...more] = offered
    if (only && more.length === 0) {
      const { candidate, trusted } = only
      const loggedIn = await enterAs(services, logins, candidate, from, {
        ...typed,
        isRight,
        ...(trusted && { factor: trusted }),
      })
      return { choice: null, half: null, loggedIn }
    }
    isRight()
    return { choice: offered.map(({ candidate }) => candidate), half: null }
  })
}

/**
 * The login of somebody who has chosen between accounts that the password fitted, see logIn(): in, or waiting for the second factor.
 *
 * @throws as enterAs()
 */
export async function logInChosen<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  candidate: C,
  from: From & Pick<FromLogin, 'trustOf'>,
): Promise<Exclude<Login<C>, { choice: readonly C[] }>> {
  const factor = candidate.hasFactor ? await from.trustOf(candidate) : null
  if (!candidate.hasFactor || factor) {
    const loggedIn = await enterAs(services, logins, candidate, from, { ...(factor && { factor }) })
    return { choice: null, half: null, loggedIn }
  }
  const { resellerId, email, passwordMark } = candidate
  await noteAccepted(services, logins, candidate, from)
  const half = halfLogin(
    { email, resellerId },
    { marks: passwordMark === null ? [] : [passwordMark], room: 1, isCounted: false },
  )
  return { choice: null, half }
}

/** Of whom a password was right, and how many other accounts it was tried for. */
interface Tried<C extends Candidate> {
  fitting: C[]
  others: number
}

/** Everybody of this address whose password it is; what was counted for all others stays, and failures are noted. */
async function fittingCandidates<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  { email, password }: { email: string; password: string },
  from: FromLogin,
  made: Attempt,
): Promise<Tried<C>> {
  const { shared, targets } = await wayOf(services, logins, email, from)
  await made.count(shared, tooMany)
  const open = await openTargets(made, targets)
  const padding = from.isShared ? Math.max(0, CHECKS_MIN - open.length) : 0
  const checks = [...open.map(({ candidate }) => candidate?.passwordHash), ...Array<null>(padding).fill(null)]
  const fits = await Promise.all(checks.map((hash) => passwordFits(hash, password)))
  const fitting = open.filter(
    ({ candidate }, place) => fits[place] && candidate && !logins.whyNever?.(candidate),
  )
  if (fitting.length === 0) {
    made.keepCount()
    const until = (target: Target<C>) => made.fullUntil([...shared, ...target.counters])
    await noteFailures(services, logins, { targets, open, until, email }, from)
  } else {
    // Of these it was not the password.
    made.keepCount(targets.filter((target) => !fitting.includes(target)).flatMap(({ counters }) => counters))
  }
  return {
    fitting: fitting.flatMap(({ candidate }) => candidate ?? []),
    others: targets.length - fitting.length,
  }
}

/**
 * The login of somebody who has a second factor, after the right password as after a wrong one, which were each noted by one event; or
 * that of an account that is none. A hash of older parameters is made anew, since the password is not at hand later.
 */
async function halfWay<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  { fitting, others }: Tried<C>,
  { email, password }: { email: string; password: string },
  from: FromLogin,
): Promise<HalfLogin> {
  const room = from.isShared ? CHECKS_MIN : 1
  const marks = await Promise.all(
    fitting.map(async (candidate) => {
      await noteAccepted(services, logins, candidate, from)
      return renewedMark(services, logins, candidate, password)
    }),
  )
  // Of those whose password it was not nothing is noted beside the ones whose it was. It costs the same.
  if (fitting.length > 0) await noteNothing(services, others, from.request)
  return halfLogin({ email, resellerId: from.resellerId }, { marks, room, isCounted: true })
}

/** The mark of a password that was right, whose hash is made anew where it is of older parameters. */
async function renewedMark<C extends Candidate>(
  { database: { prisma } }: Services,
  { kind }: Logins<C>,
  { resellerId, id, passwordHash, passwordMark }: C,
  password: string,
): Promise<string> {
  if (passwordHash == null || passwordMark === null) throw new Error('A password was right that is none.')
  if (!isOutdatedHash(passwordHash)) return passwordMark
  const rehashed = await hashPassword(password)
  const change = { where: { resellerId, id, passwordMark }, data: { passwordHash: rehashed } }
  await (kind === 'staff' ? prisma.staff.updateMany(change) : prisma.customer.updateMany(change))
  return markOf(rehashed)
}

/** Ends this session, with the logins as customers that hang on it, and notes the logout; once. */
export async function logOut(actor: Actor, { sessionId }: { sessionId: string }) {
  const { loggedOut } = LOGIN_SITES[actor.kind === 'customer' ? 'customer' : 'staff']
  await transaction(actor, async (db) => {
    if (!(await closeSession(db, sessionDigest(sessionId), { request: actor }))) return
    await record(db, actor, loggedOut, aboutOf(actor))
  })
}
