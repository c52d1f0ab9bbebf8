import type { Request } from 'express'

/** The two sites of Purser: the staff's portal and the customers' console. Each has its own cookies. */
export type SiteName = 'portal' | 'console'

/**
 * The site of a request, by its address alone, read as Express reads it: in upper or lower case, and also as a whole URL with its host.
 * Otherwise a request could reach the pages of one site with a session of the other.
 */
export function siteOf({ baseUrl, path }: Pick<Request, 'baseUrl' | 'path'>): SiteName {
  return siteOfPath(baseUrl + path)
}

/** The site that a path leads to. */
export function siteOfPath(path: string): SiteName {
  return /^\/console(?:[/?]|$)/i.test(path) ? 'console' : 'portal'
}
