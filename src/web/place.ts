import type { Request } from 'express'

/** The two places of Purser: the staff's portal, and the customers' console. Each has cookies of its own. */
export type Place = 'portal' | 'console'

/** Where a request belongs, by its address alone; Express matches addresses in any case. */
export function placeOf({ originalUrl }: Pick<Request, 'originalUrl'>): Place {
  return /^\/console(?:[/?]|$)/i.test(originalUrl) ? 'console' : 'portal'
}
