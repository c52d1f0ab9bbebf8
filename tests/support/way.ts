import net from 'node:net'

/** A way to the database that can be cut, as when its machine is restarted, and fall silent, as when it vanishes or hangs. */
export class Way {
  readonly #sockets = new Set<net.Socket>()
  readonly #server: net.Server
  readonly #to: { host: string; port: number }
  #open = true
  /** What arrives goes nowhere, and nothing is said about that. */
  #silent = false

  constructor(url: URL) {
    this.#to = { host: url.hostname, port: Number(url.port) }
    this.#server = net.createServer((client) => {
      if (!this.#open) return void client.destroy()
      if (this.#silent) return this.#swallow(client)
      const database = net.connect(this.#to)
      for (const [one, other] of [
        [client, database],
        [database, client],
      ] as const) {
        this.#sockets.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
        one.pipe(other)
      }
    })
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as net.AddressInfo).port
  }

  cut() {
    this.#open = false
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Those that are connected will never hear anything again; more may connect, and do not either before mend(). */
  vanish() {
    this.#silent = true
    for (const socket of this.#sockets) socket.unpipe().resume()
  }

  /** Nothing is heard before mend(), and everything that was asked meanwhile then. */
  hang() {
    this.#silent = true
    for (const socket of this.#sockets) socket.pause()
  }

  mend() {
    this.#open = true
    this.#silent = false
    for (const socket of this.#sockets) socket.resume()
  }

  #swallow(socket: net.Socket) {
    this.#sockets.add(socket)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    socket.resume()
  }

  close() {
    this.cut()
    this.#server.close()
  }
}
