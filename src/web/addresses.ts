import type { Config } from '../config.ts'
import { isLoopback } from './loopback.ts'

/** What URLs make of "every address of this machine", however it is written. */
const EVERYWHERE = new Set(['0.0.0.0', '[::]', '[::ffff:0:0]'])

/**
 * Why links do not lead here from elsewhere, or null where they may: nobody can open the address of "every address of this machine", and that
 * of this machine alone is of no use to who gets a mail or comes through a proxy.
 */
export function whyLinksFail(
  config: Pick<Config, 'appUrl' | 'host' | 'port' | 'smtpUrl' | 'trustProxy' | 'isDemo'>,
): string | null {
  const { appUrl, host, smtpUrl, trustProxy, isDemo } = config
  const { origin, hostname } = new URL(absoluteAddress(config, '/'))
  const set = 'Set APP_URL to the address that people open, such as https://purser.example.com.'
  if (EVERYWHERE.has(hostname)) {
    const why =
      appUrl === null
        ? `HOST is ${host} and APP_URL is not set, so links in e-mails and copied links`
        : `Links that start with ${origin}`
    return `${why} will not work from other machines. ${set}`
  }
  const isReached = smtpUrl !== null || trustProxy !== false
  if (appUrl !== null || isDemo || !isReached || !isLoopback(hostname.replaceAll(/^\[|\]$/g, ''))) return null
  return `APP_URL is not set, so links in e-mails and copied links start with ${origin} and work on this machine only. ${set}`
}

/** A whole address of this Purser, for mails and for copying. Never taken from a request: its Host header is anybody's word. */
export function absoluteAddress(
  { appUrl, host, port }: Pick<Config, 'appUrl' | 'host' | 'port'>,
  path: string,
): string {
  const shownHost = host.includes(':') ? `[${host}]` : host
  return new URL(path, appUrl ?? `http://${shownHost}:${port}`).href
}
