import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../config.ts'

type Door = Pick<Config, 'host' | 'port'>

/**
 * How long somebody may take to say what they want, in milliseconds, before the connection is closed with a 408: its head, and all of it
 * with the form. Nothing that anybody else waits for is taken until it has been said.
 */
const PATIENCE = { headMs: 15_000, wholeMs: 60_000, lookEveryMs: 5_000 }

/** An HTTP server that takes requests. */
export interface Listening {
  /**
   * Takes no more connections and lets the requests in flight finish, for at most `msMax`; then the rest is cut off. Browsers that
   * keep their connection open are told to close it.
   */
  stop(msMax: number): Promise<void>
}

/** Listens where the configuration says. Rejects with one sentence when that is not possible. */
export async function listen(
  handler: http.RequestListener,
  door: Door,
  { headMs, wholeMs, lookEveryMs } = PATIENCE,
): Promise<Listening> {
  const underWay = new Set<http.ServerResponse>()
  let stopping = false
  const patience = {
    headersTimeout: headMs,
    requestTimeout: wholeMs,
    connectionsCheckingInterval: lookEveryMs,
  }
  const server = http.createServer(patience, (req, res) => {
    underWay.add(res)
    res.once('close', () => underWay.delete(res))
    if (stopping) lastOnThisConnection(res)
    handler(req, res)
  })
  await opened(server, door)
  return {
    async stop(msMax) {
      stopping = true
      const closed = once(server, 'close')
      server.close()
      for (const res of underWay) lastOnThisConnection(res)
      await Promise.race([closed, wait(msMax, undefined, { ref: false })])
      server.closeAllConnections()
      await closed
    },
  }
}

/** Tries the door before anything else is started for it, and gives the port, which is one of the machine's choice for port 0. */
export async function tryDoor(door: Door): Promise<number> {
  const probe = net.createServer()
  await opened(probe, door)
  const { port } = probe.address() as net.AddressInfo
  const closed = once(probe, 'close')
  probe.close()
  await closed
  return port
}

function lastOnThisConnection(res: http.ServerResponse) {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}

async function opened(server: net.Server, { host, port }: Door): Promise<void> {
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(doorSentence(error, { host, port }), { cause: error })
  }
}

function doorSentence(error: unknown, { host, port }: Door): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use by another program: stop that one, or set PORT to a free one.`
    case 'EACCES':
      return `Port ${port} may not be used by this user: set PORT to one above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST is ${host}, which is not an address of this machine: set it to one that is, such as 127.0.0.1.`
    default:
      return `Purser cannot listen on port ${port} of ${host}: ${error instanceof Error ? error.message : String(error)}.`
  }
}
