import { once } from 'node:events'
import net from 'node:net'

/** What is read of an answer: its status, and how long it was with its headers. */
export interface Received {
  status: number
  bytes: number
}

/**
 * One connection to an HTTP server that is kept open, for one request after the other. It reads of an answer just where it ends (by
 * Content-Length): the machine that is measured also runs whoever asks, so that asking has to be cheap.
 */
export class KeptConnection {
  readonly #socket: net.Socket
  #received = ''
  #answer: { resolve: (received: Received) => void; reject: (error: Error) => void } | undefined

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

  /** Sends a whole request, and waits for its answer. */
  ask(request: string): Promise<Received> {
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
    const bytes = end + 4 + length
    if (this.#received.length < bytes) return
    this.#answer?.resolve({ status: Number(head.slice(9, 12)), bytes })
  }
}
