import type { Config } from '../config.ts'

/** A whole address of this Purser, for mails and for copying. Never taken from a request: its Host header is anybody's word. */
export function absoluteAddress(
  { appUrl, host, port }: Pick<Config, 'appUrl' | 'host' | 'port'>,
  path: string,
): string {
  const shownHost = host.includes(':') ? `[${host}]` : host
  return new URL(path, appUrl ?? `http://${shownHost}:${port}`).href
}
