import type { Request, RequestHandler, Response } from 'express'
import { counted } from '../database/allowance.ts'
import { ConcurrencyLimits, LimitReached, type Slot } from '../concurrency-limit.ts'
import { notePageSlot } from '../web/page-slot.ts'
import { runAll } from '../web/run-all.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { networkOf } from './throttle.ts'

/** How many pages one process works on at once, and how many wait: for each person, and for all visitors of a network. */
const PERSON = { atOnce: 2, waitingMax: 50, waitMsMax: 5_000 }
const VISITORS = { atOnce: 8, waitingMax: 100, waitMsMax: 5_000 }

/** A wait shorter than this is as good as none: a page that began just before its session ended is finished, too. */
const ANEW_AFTER_MS = 250

/** A page whose reader has left is still being worked on. None of its statements takes longer than this. */
const ABANDONED_MS_MAX = 15_000
const LOOK_EVERY_MS = 100

/** How long a finished page waits to be read. */
const UNREAD_MS_MAX = 60_000

/**
 * Works on two pages of each person at once, whatever browsers they come from. Others of the same person wait for up to five seconds. If
 * the reader leaves while waiting, nothing is done. After a longer wait, `anew` loads the actor again, because the session may have ended.
 *
 * @throws 503 with Retry-After when too many wait, or the wait was too long
 */
export function limitPages(anew: readonly RequestHandler[]): RequestHandler {
  const limits = { people: new ConcurrencyLimits(PERSON), visitors: new ConcurrencyLimits(VISITORS) }
  return async (req, res, next) => {
    // The reader has left already, so the slot would never be given back.
    if (res.closed) return
    const who = personOf(req)
    const among = limits[(req.actor as unknown) ? 'people' : 'visitors']
    const slot = among.maybeEnter(who) ?? (await enter(among, who, res))
    leaveWhenDone(res, slot.leave)
    if (slot.waitedMs < ANEW_AFTER_MS) return next()
    runAll(anew, req, res, next)
  }
}

/** In a login-as session, this is the staff member. */
const personOf = ({ actor, ip }: Request): string =>
  actor ? `${actor.kind} ${actor.reseller.id} ${actor.id}` : `visitors ${networkOf(ip)}`

async function enter(limits: ConcurrencyLimits, who: string, res: Response): Promise<Slot> {
  const gone = new AbortController()
  const onClose = () => gone.abort()
  res.once('close', onClose)
  try {
    return await counted(() => limits.enter(who, gone.signal))
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    throw new Refusal(
      503,
      t('Too many pages are loading for you at once. No changes were made. Try again in a moment.'),
      { facts: { retryAfterSeconds: 5 } },
    )
  } finally {
    res.off('close', onClose)
  }
}

/**
 * Releases the slot when the response is complete, read or not: otherwise a client that does not read could block the others of its network.
 * If the reader has left before, the slot is released when the work must be over. A response that is not read is cut off in the end,
 * because it is kept in memory until then.
 */
function leaveWhenDone(res: Response, leave: () => void) {
  notePageSlot(res, leave)
  let goneAt: number | null = null
  const done = () => {
    clearInterval(looking)
    leave()
  }
  const looking = setInterval(() => {
    const isAbandoned = goneAt !== null && performance.now() - goneAt >= ABANDONED_MS_MAX
    if (!res.writableEnded && !isAbandoned) return
    done()
    if (!res.writableFinished) cutOffUnread(res)
  }, LOOK_EVERY_MS)
  res.once('finish', done)
  res.once('close', () => {
    goneAt = performance.now()
    if (res.writableEnded) done()
  })
}

function cutOffUnread(res: Response) {
  const cut = setTimeout(() => res.req.socket.destroy(), UNREAD_MS_MAX).unref()
  for (const event of ['finish', 'close']) res.once(event, () => clearTimeout(cut))
}

/** Reads the session again, if somebody was logged in. */
export const readSessionAnew: RequestHandler = (req, _res, next) => {
  if (!(req.actor as unknown)) return next()
  req.actor = undefined as never
  req.session.reload((error: unknown) => {
    // The session has ended, so this is a visitor now.
    if (error instanceof Error && error.message === 'failed to load session') req.session.person = undefined
    else if (error) return next(error)
    next()
  })
}
