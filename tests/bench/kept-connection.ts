import { once } from 'node:events'
import net from 'node:net'

/**
 * One connection to an HTTP server that is kept open, for one request after the other. It reads of an answer just its status and where it
 * ends (by Content-Length): the machine that is measured also runs whoever asks, so that asking has to be cheap.
 */
export class KeptConnection {
  readonly #socket: net.Socket
  #received = ''
  #answer: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined

  static async open(hostname: string, port: number): Promise<KeptConnection> {
    const socket = net.connect(port, hostname).setNoDelay().setEncoding('latin1')
    await once(socket, 'connect')
    return new KeptConnection(socket)
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket
    socket.on('data', (part: string) => {
      this.#received += part
      this.#read()
    })
    const fail = () => this.#answer?.reject(new Error('The server closed the connection.'))
    socket.on('error', fail).on('close', fail)
  }

  /** Sends a whole request; gives the status of its answer. */
  ask(request: string): Promise<number> {
    this.#received = ''
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close() {
    this.#answer = undefined
    this.#socket.destroy()
  }

  #read() {
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.slice(0, end)
    const length = Number(/\r\nContent-Length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#received.length < end + 4 + length) return
    this.#answer?.resolve(Number(head.slice(9, 12)))
  }
}
