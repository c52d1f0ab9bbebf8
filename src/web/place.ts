import type { Request } from 'express'

/** The two places of Purser: the staff's portal, and the customers' console. Each has cookies of its own. */
export type Place = 'portal' | 'console'

/**
 * Where a request belongs, by its address alone, read as Express reads it: in any case, and also where it came whole, with its host.
 * Otherwise a request could reach one place's pages with the other one's session.
 */
export function placeOf({ baseUrl, path }: Pick<Request, 'baseUrl' | 'path'>): Place {
  return placeOfPath(baseUrl + path)
}

/** The place that a path leads to. */
export function placeOfPath(path: string): Place {
  return /^\/console(?:[/?]|$)/i.test(path) ? 'console' : 'portal'
}
