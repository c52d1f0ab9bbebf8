import type { Config } from '../config.ts'

const EVERYWHERE = new Set(['0.0.0.0', '::', '0', '[::]'])

/** Why links do not lead here from elsewhere, or null: nobody can open the address of "every address of this machine". */
export function whyLinksFail({ appUrl, host }: Pick<Config, 'appUrl' | 'host'>): string | null {
  if (appUrl !== null || !EVERYWHERE.has(host)) return null
  return (
    `HOST is ${host} and APP_URL is not set, so links in mails and those to copy will not work from elsewhere: ` +
    'set APP_URL to the address that people open, such as http://192.0.2.10:3000.'
  )
}

/** A whole address of this Purser, for mails and for copying. Never taken from a request: its Host header is anybody's word. */
export function absoluteAddress(
  { appUrl, host, port }: Pick<Config, 'appUrl' | 'host' | 'port'>,
  path: string,
): string {
  const shownHost = host.includes(':') ? `[${host}]` : host
  return new URL(path, appUrl ?? `http://${shownHost}:${port}`).href
}
