import { type Place, placeOfPath } from './place.ts'

/** An address of this place to go on to, or ''. Never one that leads elsewhere: `//host` and `/\\host` do. */
export function localAddress(next: unknown, place: Place): string {
  const isLocal = typeof next === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(next)
  return isLocal && placeOfPath(next) === place ? next : ''
}
