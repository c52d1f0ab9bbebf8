import { type Database, transaction } from '../database/client.ts'
import { type Bind, valuesOf } from '../database/cursor.ts'
import { record, recordSql, visitor } from '../events/record.ts'
import type { Customer } from '../generated/prisma/client.ts'
import type { RequestFacts } from '../request-facts.ts'
import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { type Sentence, t } from '../words/words.ts'
import type { Actor } from './actor.ts'
import { type Account, accountOf } from './device.ts'
import {
  type FactorUsed,
  type ProvedApp,
  type UsableFactor,
  hasFactorSql,
  heldSql,
  maybeUsableCode,
} from './factors.ts'
import { type HalfLogin, halfLogin } from './half-login.ts'
import type { Owner } from './owner.ts'
import type { Ceremony } from './passkey-challenge.ts'
import { type GivenPasskey, judgePasskey } from './passkeys.ts'
import { hashPassword, isOutdatedHash, markOf, passwordFits } from './password-hash.ts'
import { type SessionPerson, isNobodys, sessionDigest } from './session-store.ts'
import { type NewSession, closeFormer, closeSession, sessionSql } from './sessions.ts'
import { noticeSql } from './login-notices.ts'
import { type Kind, LOGIN_SITES, aboutOf } from './login-site.ts'
import {
  type Attempt,
  type Counter,
  attempt,
  codeCounter,
  isFirstUse,
  writeDummyCounter,
  loginCounters,
  sharedAccount,
  sharedLoginCounters,
  unseenLoginCounters,
} from './throttle.ts'

/** What a login needs to know of somebody whom it may mean. */
export interface Candidate extends Pick<Customer, 'resellerId' | 'id' | 'email' | 'passwordMark'> {
  /** Missing where no password is tried. */
  passwordHash?: string | null
  /** Of a customer: see ResetMark. */
  resetBy?: string | null
  /** Whether a password alone does not let this one in. */
  hasFactor?: boolean
}

/** Why somebody does not come in, as the event of it says. */
interface Hindrance {
  why: string
  sentence: Sentence
}

/** Who may log in at a site, and whom it keeps out. */
export interface Logins<C extends Candidate> {
  kind: Kind
  /** Everybody of this address: of one reseller, or of all of them. */
  candidates(database: Database, email: string, resellerId: string | null): Promise<C[]>
  /** Why no password lets this one in, who then is told what is told of a wrong one; null: it is the password that counts. */
  whyNever?(candidate: C): string | null
  /** What keeps this one out after the right password, and is said then. */
  maybeHindrance?(candidate: C, database: Database): Promise<Hindrance | null>
  /** Whether whoever fails is asked for a code before that is told, since somebody here has a second factor: of one reseller, or of all. */
  asksEverybody(database: Database, resellerId: string | null): Promise<boolean>
}

export interface From {
  request: RequestFacts
  /** Begins if the attempt succeeds. */
  session: NewSession
  /** See knownDevice(). */
  deviceOf: (account: Account) => string | null
}

interface FromLogin extends From {
  /** The reseller whose login page it is; null for the one that all share. */
  resellerId: string | null
  /** Whether an address may have several accounts here. */
  isShared: boolean
  /** See maybeTrusted(). */
  trustOf: (candidate: Candidate) => Promise<UsableFactor | null>
}

/** Somebody who is in. */
export interface LoggedIn {
  person: SessionPerson
  account: Account
}

/** Who is in now; or, where the password fitted at several resellers, between whom to choose; or what waits for the second factor. */
export type Login<C extends Candidate> =
  | { choice: null; half: null; loggedIn: LoggedIn }
  | { choice: readonly C[]; half: null }
  | { choice: null; half: HalfLogin }

/** An account that an attempt is made at, or that there is none. */
interface Target<C extends Candidate> {
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
const CHECKS_MIN = 3

/** What is said of every login that fails, whatever the reason, as long as the password is not known to be right. */
const notFitting = () => new Refusal(422, t('Incorrect e-mail address or password.'))

/** The same of one that fails with its code. */
const codeNotFitting = () =>
  new Refusal(422, t('Incorrect e-mail address, password or code. A code can be used only once.'), {
    field: 'code',
  })

/** The same of one that fails with its passkey. */
const passkeyNotFitting = () =>
  new Refusal(422, t('Incorrect e-mail address or password, or the passkey is not one of this account.'))

/** What is said where passwords and passkeys of an account, or from a network, have failed too often. */
export const tooMany = (minutes: number) =>
  t('Too many attempts have failed. Try again in {minutes} minutes, or ask for a new password.', { minutes })

/** What is said where codes have failed too often: in this browser, or, where it was never in the account, in all such browsers. */
const tooManyCodes =
  ({ limit }: Counter) =>
  (minutes: number) =>
    limit === 'login-code-device'
      ? t(
          'Too many codes have failed in this browser. Try again in {minutes} minutes, or use a passkey if you have one.',
          { minutes },
        )
      : t(
          'Too many codes have failed. Try again in {minutes} minutes, use a passkey if you have one, or log in in a browser that you used before.',
          { minutes },
        )

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

const noteAccepted = <C extends Candidate>(
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

/** Its cookie can be sent again, after it let somebody in. */
const halfLoginCounter = ({ email, at, marks }: HalfLogin): Counter => ({
  limit: 'half-login',
  of: [email, at, ...marks].join(' '),
})

interface FromFactor extends From {
  half: HalfLogin
  /** As in FromLogin. */
  isShared: boolean
}

/** What is given for the second factor: what was typed, or a passkey that was used. */
type Given = { code: string } | { passkey: GivenPasskey; ceremony: Ceremony }

/** By what one of several is proved; or why by nothing, and whose passkey it was where that may have been copied. */
type Proof<C extends Candidate> =
  | { proved: { candidate: C; factor: UsableFactor }; why: null; copied: null }
  | { proved: null; why: string; copied: Owner | null }

/**
 * Whose factor was given, of these candidates. `checks`: codes of so many people are looked at, at least, so that the time taken does not
 * tell of how many the password was right.
 */
async function proofOf<C extends Candidate>(
  services: Services,
  { kind }: Logins<C>,
  among: readonly C[],
  given: Given,
  checks: number,
): Promise<Proof<C>> {
  if ('passkey' in given) {
    const judged = await judgePasskey(services, given.passkey, given.ceremony, { any: kind })
    const { whose } = judged
    const candidate = among.find(({ resellerId, id }) => whose?.resellerId === resellerId && whose.id === id)
    if (judged.fits && candidate) {
      return { proved: { candidate, factor: judged.factor }, why: null, copied: null }
    }
    const isCopied = !judged.fits && judged.why === 'passkey_counter'
    return { proved: null, why: 'wrong_passkey', copied: isCopied ? whose : null }
  }
  const padding = Array<null>(Math.max(0, checks - among.length)).fill(null)
  const found = await Promise.all(
    [...among, ...padding].map(async (candidate) => ({
      candidate,
      factor: await maybeUsableCode(
        services,
        candidate ? { kind, resellerId: candidate.resellerId, id: candidate.id } : kind,
        given.code,
      ),
    })),
  )
  for (const { candidate, factor } of found) {
    if (candidate && factor) return { proved: { candidate, factor }, why: null, copied: null }
  }
  return { proved: null, why: 'wrong_code', copied: null }
}

/**
 * Ends a login that waits for the second factor: opens the session by a code of an authenticator app, a recovery code or a passkey, which
 * is used up by that, and notes the login. Of several accounts whose password was right, the factor decides. `app`: by which it was, where
 * it was an app. Counts towards the limits that the password did, and a code towards one of its own.
 *
 * @throws 422 with one sentence for a wrong code, one that was used, a passkey that is not theirs, and whatever was wrong with the address
 * or the password, after the same work; 429 after too many failures
 */
export function proveByFactor<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  given: Given,
  { half, ...from }: FromFactor,
): Promise<LoggedIn & { used: FactorUsed; app: ProvedApp | null }> {
  const { email, resellerId: asked, marks, isCounted } = half
  const { kind } = logins
  const isCode = 'code' in given
  const refusal = isCode ? codeNotFitting : passkeyNotFitting
  return attempt(services, async (made) => {
    const { shared, targets } = await wayOf(services, logins, email, { ...from, resellerId: asked })
    await made.count(shared, tooMany)
    let open = await openTargets(made, targets)
    const codes = new Set<Counter>()
    if (isCode) {
      const ofCode = (account: Account, where: Parameters<typeof codeCounter>[1]) => {
        const counter = codeCounter(account, where)
        codes.add(counter)
        return counter
      }
      if (shared.length > 0) {
        const ofAll = ofCode(sharedAccount(email), { device: null })
        await made.count([ofAll], tooManyCodes(ofAll))
      }
      const counted = open.map((target) => {
        const { account, device, tellsWhenShut } = target
        return { ...target, counters: [ofCode(account, { device, isUnseen: !tellsWhenShut })] }
      })
      open = await openTargets(made, counted, ({ counters: [of] }) => (of ? tooManyCodes(of) : tooMany))
    }
    const isRightOf = (one: C) => one.passwordMark !== null && marks.includes(one.passwordMark)
    const right = open.flatMap(({ candidate }) => (candidate && isRightOf(candidate) ? candidate : []))
    const checks = from.isShared ? CHECKS_MIN : 1
    const { proved, why: whyNot, copied } = await proofOf(services, logins, right, given, checks)
    if (proved && !logins.whyNever?.(proved.candidate)) {
      const { candidate, factor } = proved
      const takesBack = isCounted === 1 && (await isFirstUse(services, halfLoginCounter(half)))
      // Codes have not counted the password; and where it was wrong, that stays counted: see unseenLoginCounters().
      const ofOthers = targets.filter((target) => !right.some((one) => one === target.candidate))
      const once = new Set([...codes, ...ofOthers.flatMap(({ counters }) => counters)])
      const isRight = () =>
        made.clearCount(undefined, { attempts: (counter) => (once.has(counter) || !takesBack ? 1 : 2) })
      const loggedIn = await enterAs(services, logins, candidate, from, { isRight, factor, refusal })
      const { resellerId, id, passwordMark } = candidate
      const owner = { kind, resellerId, id }
      const { used, factorId } = factor
      return { ...loggedIn, used, app: factorId === undefined ? null : { owner, factorId, passwordMark } }
    }
    made.keepCount()
    const whyOf = (one: C) => {
      const never = logins.whyNever?.(one)
      if (never) return never
      // That a passkey was copied is told whatever the password was.
      if (copied?.resellerId === one.resellerId && copied.id === one.id) return 'passkey_counter'
      if (right.includes(one)) return whyNot
      return right.length > 0 ? null : 'wrong_password'
    }
    await Promise.all(
      targets.map(({ candidate, counters }) => {
        if (!candidate) return noteUnknown(services, email, from.request)
        const why = whyOf(candidate)
        if (why === null) return noteNothing(services, 1, from.request)
        const failed = { email, why, until: made.fullUntil(counters) }
        return noteFailure(services, logins, candidate, failed, from.request)
      }),
    )
    throw refusal()
  })
}

/**
 * Opens a session for somebody whose password has fitted, and notes the login. `password`, where it is at hand, makes a hash of older
 * parameters anew. `factor`: what proves a second time who it is, and is used up. `isRight` is called once it is certain that this was the
 * right person. `refusal`: what is said where something has changed meanwhile.
 *
 * @throws 422 for what hinders them, and where the password was changed, the person turned OFF, or the code used, meanwhile; and for who has
 * a factor and gave none
 */
export async function enterAs<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  candidate: C,
  { session, request, deviceOf }: From,
  {
    password,
    factor,
    refusal = notFitting,
    isRight = () => {},
  }: { password?: string; factor?: UsableFactor; refusal?: () => Refusal; isRight?: () => void } = {},
): Promise<LoggedIn> {
  const { kind } = logins
  const { resellerId, id, email, passwordHash, passwordMark } = candidate
  const hindrance = await logins.maybeHindrance?.(candidate, services.database)
  if (hindrance) {
    isRight()
    await noteFailure(services, logins, candidate, { email, why: hindrance.why }, request)
    throw new Refusal(422, hindrance.sentence)
  }
  const isOutdated = password !== undefined && passwordHash && isOutdatedHash(passwordHash)
  const rehashed = isOutdated ? await hashPassword(password) : undefined
  const person: SessionPerson = { kind, id, resellerId }
  const author = { kind, id, name: email, standsInFor: null, reseller: { id: resellerId }, ...request }
  const account = accountOf(kind, candidate)
  const isTold = LOGIN_SITES[kind].mailsNewLogins && deviceOf(account) === null
  const { values, bind } = valuesOf(resellerId)
  const about = {
    ...aboutOf(person),
    ...(factor && { factor: factor.used, ...(factor.name !== undefined && { passkey: factor.name }) }),
  }
  const text = `
    with ${factor ? `held as (${holdSql(bind, person, passwordMark)}), used as (${factor.useSql(bind, 'held')}),` : ''}
      entered as (${loginSql(bind, person, { passwordMark, rehashed, hasProved: factor !== undefined })}),
      opened as (${sessionSql(bind, session, person, 'entered')}),
      recorded as (${recordSql(bind, author, LOGIN_SITES[kind].loggedIn, about, 'entered')})
      ${isTold ? `, noticed as (${noticeSql(bind, person, request, 'entered')})` : ''}
    select id from entered`
  // A password that was changed, or a person turned OFF, while this one was being checked lets nobody in any more.
  const mustHaveEntered = (rows: unknown[]) => {
    if (rows.length === 0) throw refusal()
  }
  if (isNobodys(session.replaces)) {
    mustHaveEntered(
      (
        await services.database.pool.query({
          name: `enter-${kind}${rehashed ? '-rehashed' : ''}${isTold ? '-told' : ''}${factor ? `-${factor.used}` : ''}`,
          text,
          values,
        })
      ).rows,
    )
  } else {
    await transaction(services, async (db) => {
      mustHaveEntered(await db.$queryRawUnsafe<unknown[]>(text, ...values))
      await closeFormer(db, session)
    })
  }
  isRight()
  return { person, account }
}

/** SQL that holds a person whose password is still this one. */
const holdSql = (bind: Bind, person: SessionPerson, passwordMark: string | null): string =>
  heldSql(bind, person, `password_mark is not distinct from ${bind(passwordMark)}`)

interface Proved {
  passwordMark: string | null
  rehashed: string | undefined
  /** Whether a factor was used: see enterAs(). */
  hasProved: boolean
}

/** SQL that notes a login of somebody who is ON, whose password is still this one, and who has used a factor or has none. Gives the row, or none. */
function loginSql(
  bind: Bind,
  { kind, id }: SessionPerson,
  { passwordMark, rehashed, hasProved }: Proved,
): string {
  const now = 'now()::timestamptz(3)'
  const isStaff = kind === 'staff'
  const table = isStaff ? 'staff' : 'customers'
  const proved = hasProved ? 'exists (select from used)' : `not ${hasFactorSql(kind, `${table}.id`)}`
  return `
    update ${table}
    set last_login_at = ${now}${rehashed ? `, password_hash = ${bind(rehashed)}` : ''}
    where reseller_id = $1 and id = ${bind(id)}${isStaff ? '::uuid' : ''} and state = 'ON'
      and password_mark is not distinct from ${bind(passwordMark)} and ${proved}
    returning id`
}

/** Ends this session, with the logins as customers that hang on it, and notes the logout; once. */
export async function logOut(actor: Actor, { sessionId }: { sessionId: string }) {
  const { loggedOut } = LOGIN_SITES[actor.kind === 'customer' ? 'customer' : 'staff']
  await transaction(actor, async (db) => {
    if (!(await closeSession(db, sessionDigest(sessionId), { request: actor }))) return
    await record(db, actor, loggedOut, aboutOf(actor))
  })
}

/**
 * Every account that the attempt goes to; one that nobody has where there is none, so that it costs and counts the same. A browser that
 * has been in one of them has its own counter for that one, and passes what it would share with strangers.
 */
async function wayOf<C extends Candidate>(
  { database }: Services,
  logins: Logins<C>,
  email: string,
  { resellerId: asked, isShared, request: { ip }, deviceOf }: Omit<FromLogin, 'trustOf'>,
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
async function openTargets<C extends Candidate>(
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

interface Failed<C extends Candidate> {
  email: string
  targets: readonly Target<C>[]
  open: readonly Target<C>[]
  until: (target: Target<C>) => Date | null
}

async function noteFailures<C extends Candidate>(
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
async function noteNothing({ database }: Services, count: number, { requestId }: RequestFacts) {
  const places = Array.from({ length: count }, (_, place) => place)
  await Promise.all(places.map((place) => writeDummyCounter(database, `login-${place}:${requestId}`)))
}

/**
 * A failure at an address that nobody has belongs to no reseller: the process's log has it, the address under its digest, so that
 * the same one can be recognised. It costs one write, as the audit row does, so that the time taken tells nothing.
 */
async function noteUnknown(services: Services, email: string, { ip, requestId }: RequestFacts) {
  const key = `login-unknown:${requestId}`
  await writeDummyCounter(services.database, key)
  const account = services.keys.sign('throttle', email).slice(0, 16)
  services.log.warn({ requestId, ip, account }, 'login failed: unknown address')
}
