import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { waitFor } from './wait.ts'

/** A mail as the server got it. */
export interface Delivered {
  from: string
  to: string[]
  /** Whether it came over TLS. */
  secure: boolean
  /** By name in lower case; encoded words as they came. */
  headers: Record<string, string>
  /** The text part, decoded. */
  text: string
  html: string
}

/** A real SMTP server in a process of its own, on loopback. */
export class MailServer {
  readonly mails: Delivered[] = []
  readonly logins: { username: string; secure: boolean }[] = []
  port = 0
  readonly #tls: '' | 'starttls'
  #process: ChildProcess | undefined

  constructor(tls: '' | 'starttls' = '') {
    this.#tls = tls
  }

  /** Starts it, on the same port as before if it was started before. */
  async start(): Promise<void> {
    const child = fork(path.join(import.meta.dirname, 'mail-server-child.ts'), [String(this.port), this.#tls])
    this.#process = child
    let listening = false
    child.on('message', (said: { event: string; port: number; source: string } & Record<string, unknown>) => {
      if (said.event === 'listening') {
        this.port = said.port
        listening = true
      }
      if (said.event === 'login') this.logins.push(said as never)
      if (said.event === 'mail') this.mails.push({ ...(said as object), ...parse(said.source) } as Delivered)
    })
    await waitFor(() => listening, { what: 'the mail server' })
  }

  /** Ends it at once, as a mail server does that crashes. */
  async stop(): Promise<void> {
    if (!this.#process) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
    this.#process = undefined
  }

  /** Refuses every recipient from now on; null takes them again. */
  async refuse(refuse: { code: number; message: string } | null): Promise<void> {
    if (!this.#process) throw new Error('The mail server is not running.')
    const child = this.#process
    const understood = new Promise<void>((resolve) => {
      child.on('message', function hear(said: { event: string }) {
        if (said.event !== 'understood') return
        child.off('message', hear)
        resolve()
      })
    })
    child.send({ refuse })
    await understood
  }

  /** The next mail to this address, also if it came already. */
  mailTo(address: string): Promise<Delivered> {
    return waitFor(() => this.mails.find(({ to }) => to.includes(address)), { what: `a mail to ${address}` })
  }
}

/** Enough of MIME for what nodemailer writes: multipart/alternative of text and HTML. */
function parse(source: string): Pick<Delivered, 'headers' | 'text' | 'html'> {
  const { headers, body } = partOf(source)
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  const parts = boundary
    ? body
        .split(`--${boundary}`)
        .slice(1, -1)
        .map((part) => partOf(part.replace(/^\r\n/, '')))
    : []
  const ofType = (type: string) => parts.find((part) => part.headers['content-type']?.startsWith(type))
  return { headers, text: decoded(ofType('text/plain')), html: decoded(ofType('text/html')) }
}

function partOf(source: string) {
  const end = source.indexOf('\r\n\r\n')
  const lines = source
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines)
    headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim()
  return { headers, body: source.slice(end + 4) }
}

function decoded(part: ReturnType<typeof partOf> | undefined): string {
  const encoding = part?.headers['content-transfer-encoding']
  const body = part?.body ?? ''
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
