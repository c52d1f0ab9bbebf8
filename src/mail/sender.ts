import { createRequire } from 'node:module'
import type { Config } from '../config.ts'
import { currentTime } from '../database/clock.ts'
import { OutsideFailure } from '../log.ts'

const require = createRequire(import.meta.url)

/** A mail in words. */
export interface Letter {
  subject: string
  text: string
  html: string
  from: { name: string }
  /** Where answers go; '' where the reseller has not said. */
  replyTo: string
}

/** Hands mails to the SMTP server of SMTP_URL. */
export interface Sender {
  /** Resolves when the server has taken it. `id` makes the Message-ID, so that a second try is known as the same mail. */
  send(letter: Letter, envelope: { id: string; to: string }, signal: AbortSignal): Promise<void>
  /** Whether the server lets us in now, by asking it on a connection of its own. */
  answers(): Promise<boolean>
  close(): void
}

/** A server that says nothing for this long counts as gone, in milliseconds; less than a job may take in all. */
const PATIENCE_MS = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  dnsTimeout: 10_000,
  socketTimeout: 30_000,
}

/** The way to the mail server, or null where none is configured: then mails are kept. Connects when there is something to send. */
export function openSender({ smtpUrl, mailFrom }: Pick<Config, 'smtpUrl' | 'mailFrom'>): Sender | null {
  if (!smtpUrl) return null
  // Loaded where there is a mail server at all.
  const { createTransport } = require('nodemailer') as typeof import('nodemailer')
  const transport = createTransport({
    url: withoutClearPasswords(smtpUrl),
    pool: true,
    maxConnections: 2,
    ...PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ subject, text, html, from, replyTo }, { id, to }, signal) {
      await transport.sendMail({
        from: { name: from.name, address: mailFrom.address },
        ...(replyTo && { replyTo }),
        to: { name: '', address: to },
        date: currentTime(),
        subject,
        text,
        html,
        messageId: `<${id}@${mailFrom.address.split('@')[1]}>`,
        // RFC 3834: nobody's absence note shall answer this.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal,
      })
    },
    answers: () =>
      transport.verify().then(
        () => true,
        () => false,
      ),
    close: () => transport.close(),
  }
}

/** A mail waits for the mail server, which could not be reached or went away. The queue keeps the name, see waiting.ts. */
export class MailServerAway extends OutsideFailure {
  override name = 'MailServerAway'
}

/** A mail waits for the mail server, which refused our name and password. The queue keeps the name, see waiting.ts. */
export class MailLoginRefused extends OutsideFailure {
  override name = 'MailLoginRefused'
}

/** Whether the server took neither this mail nor offence at it: it is away, says that it is going (421), or does not let us in. */
export function isNotThisMails(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  return responseCode === 421 || (typeof code === 'string' && !CODES_OF_THE_MAIL.has(code))
}

/** Whether the server refuses our name and password: asking it again and again might lock the account. */
export function isLoginRefused(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'EAUTH'
}

/** What nodemailer calls a refusal of the mail's addresses, of its text, and what it cannot read or promise of it. */
const CODES_OF_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE', 'ESTREAM', 'EREQUIRETLS'])

/** Whether trying again is no use: the server refused this mail or its address for good (SMTP 5xx; RFC 5321, 4.2.1). */
export function isRefusedForGood(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  const forThisMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  return forThisMail && typeof responseCode === 'number' && responseCode >= 500
}

/** What went wrong in one line for staff: the server's own words, where it said some. It may quote the mail: tokens of links are cut out. */
export function inOneLine(error: unknown): string {
  const { response } = error as { response?: unknown }
  const message = error instanceof Error ? error.message : String(error)
  return (typeof response === 'string' ? response : message)
    .replace(/\s+/g, ' ')
    .replace(/(set-password|verify|join)\/\S+/g, '$1/…')
    .slice(0, 300)
}

/** Over smtp: a password goes out after STARTTLS only, unless the address says otherwise (?requireTLS=false). */
function withoutClearPasswords(smtpUrl: string): string {
  const url = new URL(smtpUrl)
  const says = (option: string) => url.searchParams.has(option)
  if (url.protocol === 'smtp:' && url.username && !says('requireTLS') && !says('ignoreTLS')) {
    url.searchParams.set('requireTLS', 'true')
  }
  return url.href
}
