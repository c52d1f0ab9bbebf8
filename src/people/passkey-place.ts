import { isIP } from 'node:net'
import type { Config } from '../config.ts'

/** Where passkeys are made and used, of staff and of customers alike. */
export interface PasskeyPlace {
  /** The host, for which browsers keep them: the RP ID of WebAuthn. */
  rpId: string
  /** Of the pages that may use them. */
  origin: string
}

/**
 * Where passkeys belong: the host of APP_URL. Null where browsers take none: without APP_URL, for an IP address, and over plain http from
 * another machine.
 */
export function passkeyPlace({ appUrl }: Pick<Config, 'appUrl'>): PasskeyPlace | null {
  if (appUrl === null) return null
  const { hostname, origin, protocol } = new URL(appUrl)
  if (isIP(hostname.replaceAll(/^\[|\]$/g, '')) !== 0) return null
  const isSecure = protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost')
  return isSecure ? { rpId: hostname, origin } : null
}
