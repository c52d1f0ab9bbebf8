import net from 'node:net'

/** A way to the database that can be cut, as when its machine is restarted. */
export class Way {
  readonly #sockets = new Set<net.Socket>()
  readonly #server: net.Server
  readonly #to: { host: string; port: number }
  #open = true

  constructor(url: URL) {
    this.#to = { host: url.hostname, port: Number(url.port) }
    this.#server = net.createServer((client) => {
      if (!this.#open) return void client.destroy()
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

  mend() {
    this.#open = true
  }

  close() {
    this.cut()
    this.#server.close()
  }
}
