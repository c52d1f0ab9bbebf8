import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** How often each server is asked whether it is ready, and how long one has to answer. */
const ASK_EVERY_MS = 200
const ANSWER_MS_MAX = 1_000

/** Headers that are about the connection which they come on (RFC 9110, 7.6.1). */
const OF_A_CONNECTION = new Set(['connection', 'keep-alive'])

/**
 * A tiny balancer as they stand in front of several Pursers: it keeps connections open, sends each request to one of the servers that
 * said they are ready, and never sends a request twice.
 */
export class Balancer {
  /** Requests that broke on their way to a server, or found none: each is one that a person sees fail. */
  readonly cut: string[] = []
  #going = true
  #turn = 0
  readonly #ready = new Map<string, boolean>()
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 20 })
  readonly #server = http.createServer((req, res) => this.#pass(req, res))

  /** Begins to balance; gives its address. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Asks this server from now on; resolves once it is ready. */
  async add(url: string) {
    this.#ready.set(url, false)
    void this.#ask(url)
    while (!this.#ready.get(url)) await pause(20)
  }

  remove(url: string) {
    this.#ready.delete(url)
  }

  async stop() {
    this.#going = false
    this.#agent.destroy()
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #ask(url: string) {
    while (this.#going && this.#ready.has(url)) {
      const isReady = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) }).then(
        ({ ok }) => ok,
        () => false,
      )
      if (this.#ready.has(url)) this.#ready.set(url, isReady)
      await pause(ASK_EVERY_MS)
    }
  }

  #pass(req: http.IncomingMessage, res: http.ServerResponse) {
    const ready = [...this.#ready].filter(([, isReady]) => isReady).map(([url]) => url)
    const url = ready[this.#turn++ % ready.length]
    const fail = (why: string) => {
      this.cut.push(`${req.method} ${req.url}: ${why}`)
      if (res.headersSent) res.destroy()
      else res.writeHead(502).end()
    }
    if (!url) return fail('none is ready')
    const headers = { ...req.headers, 'x-forwarded-for': '203.0.113.1' }
    const passed = http.request(new URL(req.url ?? '/', url), {
      method: req.method,
      headers,
      agent: this.#agent,
    })
    passed.on('response', (answer) => {
      // What the server says of its connection to us is none of the browser's business, which would believe it of its own.
      const said = Object.entries(answer.headers).filter(([name]) => !OF_A_CONNECTION.has(name))
      res.writeHead(answer.statusCode ?? 502, Object.fromEntries(said))
      answer.on('error', (error) => fail(error.message)).pipe(res)
    })
    passed.on('error', (error) => fail(error.message))
    req.pipe(passed)
  }
}
