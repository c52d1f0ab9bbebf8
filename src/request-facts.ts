import type { Request } from 'express'

/** What an event keeps of the request that caused it. All null where none did: the system's own work. */
export interface RequestFacts {
  requestId: string | null
  ip: string | null
  /** What the browser called itself, see userAgentOf(). */
  userAgent: string | null
}

export const NO_REQUEST: RequestFacts = { requestId: null, ip: null, userAgent: null }

const USER_AGENT_CHARACTERS_MAX = 512

/** What an event keeps of this request; it must have its id by now. */
export const requestFacts = (req: Request): RequestFacts => ({
  requestId: req.id,
  ip: req.ip ?? null,
  userAgent: userAgentOf(req),
})

/**
 * The User-Agent header as it can be stored and shown: without control characters and characters that turn the direction of a text, and
 * at most 512 characters of it. Null where there is none. Anybody can write it: good for recognising a browser, and for nothing else.
 */
function userAgentOf(req: Pick<Request, 'get'>): string | null {
  const cleaned = (req.get('User-Agent') ?? '').replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ').trim()
  return cleaned.slice(0, USER_AGENT_CHARACTERS_MAX) || null
}
