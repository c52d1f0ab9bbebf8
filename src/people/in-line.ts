import type { Request, RequestHandler, Response } from 'express'
import { counted } from '../database/allowance.ts'
import { Line, LineIsFull, type Place } from '../line.ts'
import { noteLeave } from '../web/leave-line.ts'
import { runAll } from '../web/run-all.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { networkOf } from './throttle.ts'

/** How many pages one process works on at once, and how many wait for it: of a person, and of a network's visitors, who are many. */
const PERSON = { atOnce: 2, waitingMax: 50, waitMsMax: 5_000 }
const VISITORS = { atOnce: 8, waitingMax: 100, waitMsMax: 5_000 }

/** A page that nobody waits for any more is still being worked on; no statement of it takes longer than this. */
const ABANDONED_MS_MAX = 15_000
const LOOK_EVERY_MS = 100

/** How long a page that is made waits for its reader. */
const UNREAD_MS_MAX = 60_000

/**
 * Lets each person have two pages at once, in whatever browsers: more of them wait, for five seconds at most, and those of other people
 * do not wait for them. Whoever goes away while waiting is not worked for. `anew` finds out who is asking once more, after a wait: a
 * session that has ended meanwhile is nobody's.
 *
 * @throws 503 with Retry-After when too many wait, or the wait was too long
 */
export function inLine(anew: readonly RequestHandler[]): RequestHandler {
  const lines = new Map<string, Line>()
  return async (req, res, next) => {
    // Gone before it began: nobody would give the place back.
    if (res.closed) return
    const who = personOf(req)
    const line = lines.get(who) ?? new Line(req.actor ? PERSON : VISITORS)
    lines.set(who, line)
    const place = await enter(line, res)
    const leave = () => {
      place.leave()
      if (line.isEmpty) lines.delete(who)
    }
    leaveWhenDone(res, leave)
    if (!place.hasWaited) return next()
    runAll(anew, req, res, next)
  }
}

/** Under login-as that is whoever is really here. */
const personOf = ({ actor, ip }: Request): string =>
  actor ? `${actor.kind} ${actor.reseller.id} ${actor.id}` : `visitors ${networkOf(ip)}`

async function enter(line: Line, res: Response): Promise<Place> {
  const gone = new AbortController()
  const onClose = () => gone.abort()
  res.once('close', onClose)
  try {
    return await counted(() => line.enter(gone.signal))
  } catch (error) {
    if (!(error instanceof LineIsFull)) throw error
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
 * When the answer is made, read or not: whoever does not read it would keep the others of a network out. Where its reader has gone away
 * before, when the work for it is over. One that is not read is cut off in the end, because it is kept in memory until then.
 */
function leaveWhenDone(res: Response, leave: () => void) {
  noteLeave(res, leave)
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

/** Reads the session once more, where there was somebody in it. */
export const readSessionAnew: RequestHandler = (req, _res, next) => {
  if (!(req.actor as unknown)) return next()
  req.actor = undefined as never
  req.session.reload((error: unknown) => {
    // Whose session has ended is a visitor from here on.
    if (error instanceof Error && error.message === 'failed to load session') req.session.person = undefined
    else if (error) return next(error)
    next()
  })
}
