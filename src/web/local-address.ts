import { type SiteName, siteOfPath } from './site.ts'

/** An address of this site to go on to, or ''. Never one of another host, as `//host` and `/\\host` are. */
export function localAddress(next: unknown, site: SiteName): string {
  const isLocal = typeof next === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(next)
  return isLocal && siteOfPath(next) === site ? next : ''
}
