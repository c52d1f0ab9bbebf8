import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { refuseUnread } from './unread.ts'

type Address = Pick<Config, 'host' | 'port'>

/**
 * How long somebody may take to say what they want, in milliseconds, before the connection is closed with a 408: its head, and all of it
 * with the form. Nothing that anybody else waits for is taken until it has been said.
 */
const PATIENCE = { headMs: 15_000, wholeMs: 60_000, lookEveryMs: 5_000 }

/**
 * A connection that nobody uses is kept longer than proxies keep theirs (nginx and AWS' load balancer 60 s, Traefik 90 s, Caddy two minutes,
 * Google's load balancer ten): so it is always the proxy that closes it, and never while it is sending a request.
 */
const KEPT_ALIVE_MS = 620_000

/** How long a server goes on once it is asked to stop. */
export interface Stopping {
  /** So long it takes requests as before, and tells each connection to close after its answer. */
  drainMs: number
  /** Then it takes no more, and the requests in flight have so long to finish; what is left is cut off. */
  graceMs: number
}

/** An HTTP server that takes requests. */
export interface Listening {
  /** Stops in order, so that health checks and open connections can go elsewhere. */
  stop(how: Stopping): Promise<void>
}

/** Listens where the configuration says; what is no request has a line in `log`. Rejects with one sentence when that is not possible. */
export async function listen(
  handler: http.RequestListener,
  { config: address, log }: { config: Address; log: Pick<Logger, 'info'> },
  { headMs, wholeMs, lookEveryMs } = PATIENCE,
): Promise<Listening> {
  const underWay = new Set<http.ServerResponse>()
  let stopping = false
  const patience = {
    headersTimeout: headMs,
    requestTimeout: wholeMs,
    connectionsCheckingInterval: lookEveryMs,
    keepAliveTimeout: KEPT_ALIVE_MS,
  }
  const server = http.createServer(patience, (req, res) => {
    underWay.add(res)
    res.once('close', () => underWay.delete(res))
    if (stopping) lastOnThisConnection(res)
    handler(req, res)
  })
  refuseUnread(server, log, (socket) =>
    underWay.values().some((res) => res.socket === socket && res.headersSent),
  )
  await opened(server, address)
  return {
    async stop({ drainMs, graceMs }) {
      stopping = true
      for (const res of underWay) lastOnThisConnection(res)
      await wait(drainMs)
      const closed = once(server, 'close')
      server.close()
      await Promise.race([closed, wait(graceMs, undefined, { ref: false })])
      server.closeAllConnections()
      await closed
    },
  }
}

/** Checks that the port is free before anything else is started, and gives it: for port 0, one that the system has chosen. */
export async function tryPort(address: Address): Promise<number> {
  const probe = net.createServer()
  await opened(probe, address)
  const { port } = probe.address() as net.AddressInfo
  const closed = once(probe, 'close')
  probe.close()
  await closed
  return port
}

/** What a machine answers where it does not have an address, such as one without IPv6. */
const NOT_HERE = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

/**
 * Checks that no other program answers at this port under localhost: browsers try both its addresses, and would show that program
 * instead.
 */
export async function tryLocalhost({ host: own, port }: Address): Promise<void> {
  for (const host of ['127.0.0.1', '::1'].filter((one) => one !== own)) {
    try {
      await tryPort({ host, port })
    } catch (error) {
      const { code } = (error as { cause: NodeJS.ErrnoException }).cause
      if (!NOT_HERE.includes(code ?? '')) throw error
    }
  }
}

function lastOnThisConnection(res: http.ServerResponse) {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}

async function opened(server: net.Server, { host, port }: Address): Promise<void> {
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(portSentence(error, { host, port }), { cause: error })
  }
}

function portSentence(error: unknown, { host, port }: Address): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use by another program. Stop that program, or set PORT to a free port.`
    case 'EACCES':
      return `Port ${port} cannot be used by this user. Set PORT to a port above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST is ${host}, which is not an address of this machine. Set it to one that is, such as 127.0.0.1.`
    default:
      return `Purser cannot listen on port ${port} of ${host}: ${error instanceof Error ? error.message : String(error)}.`
  }
}
