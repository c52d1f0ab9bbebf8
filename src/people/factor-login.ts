import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import type { Account } from './device.ts'
import { enterAs } from './enter.ts'
import { type FactorUsed, type ProvedApp, type UsableFactor, maybeUsableCode } from './factors.ts'
import type { HalfLogin } from './half-login.ts'
import { CHECKS_MIN, noteFailure, noteNothing, noteUnknown, openTargets, wayOf } from './login-attempt.ts'
import type { Candidate, From, LoggedIn, Logins } from './logins.ts'
import type { Owner } from './owner.ts'
import type { Ceremony } from './passkey-challenge.ts'
import { type GivenPasskey, judgePasskey } from './passkeys.ts'
import { type Counter, attempt, codeCounter, isFirstUse, sharedAccount } from './throttle.ts'

/** What is said of every login that fails with its code, whatever the reason. */
const codeNotFitting = () =>
  new Refusal(422, t('Incorrect e-mail address, password or code. A code can be used only once.'), {
    field: 'code',
  })

/** The same of one that fails with its passkey. */
const passkeyNotFitting = () =>
  new Refusal(422, t('Incorrect e-mail address or password, or the passkey is not one of this account.'))

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

/** The same of passwords: a new one is asked for where the login begins. */
const tooManyPasswords = (minutes: number) =>
  t(
    'Too many attempts have failed. Try again in {minutes} minutes. If you have forgotten your password, start over and ask for a new one.',
    { minutes },
  )

/** Its cookie can be sent again, after it let somebody in. */
const halfLoginCounter = ({ email, at, marks }: HalfLogin): Counter => ({
  limit: 'half-login',
  of: [email, at, ...marks].join(' '),
})

interface FromFactor extends From {
  half: HalfLogin
  /** As in FromPage. */
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
    await made.count(shared, tooManyPasswords)
    let open = await openTargets(made, targets, () => tooManyPasswords)
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
      open = await openTargets(made, counted, ({ counters: [of] }) =>
        of ? tooManyCodes(of) : tooManyPasswords,
      )
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
