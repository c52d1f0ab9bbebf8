import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

/** By these messages a client has a statement executed: as a simple query, or one that was parsed before. */
const EXECUTING = new Set(['Q', 'E'])

/** Stands between a server and PostgreSQL, and counts the statements that pass on all connections, BEGIN and COMMIT too. */
export class StatementCounter {
  count = 0
  readonly #server = net.createServer((client) => this.#pass(client))
  readonly #database: URL
  readonly #sockets = new Set<net.Socket>()

  private constructor(databaseUrl: string) {
    this.#database = new URL(databaseUrl)
  }

  static async before(databaseUrl: string): Promise<StatementCounter> {
    const counter = new StatementCounter(databaseUrl)
    counter.#server.listen(0, '127.0.0.1')
    await once(counter.#server, 'listening')
    return counter
  }

  /** The address of the same database, by way of the counter. */
  through(databaseUrl: string): string {
    const url = new URL(databaseUrl)
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  close() {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #pass(client: net.Socket) {
    const { hostname, port } = this.#database
    const database = net.connect(Number(port), hostname)
    for (const socket of [client, database]) {
      this.#sockets.add(socket.setNoDelay())
      socket.on('error', () => socket.destroy())
    }
    const read = messagesOf((type) => {
      if (EXECUTING.has(type)) this.count += 1
    })
    client.on('data', read)
    client.pipe(database).pipe(client)
    client.on('close', () => database.destroy())
    database.on('close', () => client.destroy())
  }
}

/**
 * Calls `tell` with the type of each message of a client. The first one has no type, and one that asks for encryption or to cancel has
 * nothing behind it that is read here (PostgreSQL, "Message Formats").
 */
function messagesOf(tell: (type: string) => void) {
  let rest = Buffer.alloc(0)
  let isFirst = true
  return (part: Buffer) => {
    rest = Buffer.concat([rest, part])
    for (;;) {
      const typed = isFirst ? 0 : 1
      if (rest.length < typed + 4) return
      const length = typed + rest.readUInt32BE(typed)
      if (rest.length < length) return
      if (!isFirst) tell(String.fromCharCode(rest[0] ?? 0))
      rest = rest.subarray(length)
      isFirst = false
    }
  }
}
