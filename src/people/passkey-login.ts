import type { Services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { accountOf } from './device.ts'
import { enterAs } from './enter.ts'
import { noteFailure, tooMany } from './login-attempt.ts'
import type { Candidate, From, LoggedIn, Logins } from './logins.ts'
import type { Owner } from './owner.ts'
import type { Ceremony } from './passkey-challenge.ts'
import { type GivenPasskey, judgePasskey } from './passkeys.ts'
import { loginCounters, networkOf, attempt, writeDummyCounter } from './throttle.ts'

/** What is said of every passkey that lets nobody in, whatever the reason. */
const notFitting = () =>
  new Refusal(422, t('This passkey does not log in to any account here. Log in with your password instead.'))

interface FromPasskey extends From {
  /** Whose login page it is; null for one that all share. */
  resellerId: string | null
  ceremony: Ceremony
}

/**
 * The whole login of a person by a passkey, whose authenticator has verified them: opens the session as a password and a code do, and
 * notes the login. Nobody says who they are, the passkey does; then it counts towards the limits of a password, so that strangers who fail from the
 * same network shut out nobody whose browser is known.
 *
 * @throws 422 with one sentence for a passkey that is unknown, of the other site, copied or removed, and of staff who are OFF; 422 in words of its
 * own for a customer who is OFF, or whose temporary password has expired, and where its challenge is over or was answered; 429 after too
 * many failures
 */
export function logInByPasskey<C extends Candidate>(
  services: Services,
  logins: Logins<C>,
  given: GivenPasskey,
  { ceremony, resellerId, ...from }: FromPasskey,
): Promise<LoggedIn> {
  return attempt(services, async (made) => {
    const { ip } = from.request
    const judged = await judgePasskey(services, given, ceremony, { any: logins.kind })
    const isOfHere = resellerId === null || judged.whose?.resellerId === resellerId
    const candidate = judged.whose && isOfHere && (await maybeCandidate(services, logins, judged.whose))
    if (!candidate) {
      await made.count([{ limit: 'login-network', of: networkOf(ip) }], tooMany)
      made.keepCount()
      await noteNobody(services, from)
      throw notFitting()
    }
    const account = accountOf(logins.kind, candidate)
    const counters = loginCounters(account, { ip, device: from.deviceOf(account) })
    await made.count(counters, tooMany)
    const hindrance = logins.whyNever?.(candidate)
    if (judged.fits && !hindrance) {
      const isRight = () => made.clearCount()
      const factor = { ...judged.factor, used: 'passkey_alone' as const }
      return enterAs(services, logins, candidate, from, { factor, isRight, refusal: notFitting })
    }
    made.keepCount()
    const why = judged.fits ? (hindrance ?? '') : judged.why
    const failed = { email: candidate.email, why, until: made.fullUntil(counters) }
    await noteFailure(services, logins, candidate, failed, from.request)
    throw notFitting()
  })
}

/** The account whose passkey it is, as a login knows it. */
async function maybeCandidate<C extends Candidate>(
  { database }: Services,
  logins: Logins<C>,
  { kind, resellerId, id }: Owner,
): Promise<C | null> {
  const { prisma } = database
  const one = { where: { resellerId_id: { resellerId, id } }, select: { email: true } }
  const person = await (kind === 'staff' ? prisma.staff.findUnique(one) : prisma.customer.findUnique(one))
  const candidates = person ? await logins.candidates(database, person.email, resellerId) : []
  return candidates.find((one) => one.id === id) ?? null
}

/** A passkey that is nobody's belongs to no reseller: the process's log has it. It costs one write, as an audit row does. */
async function noteNobody(services: Services, { request: { ip, requestId } }: From) {
  await writeDummyCounter(services.database, `login-unknown:${requestId}`)
  services.log.warn({ requestId, ip }, 'login failed: unknown passkey')
}
