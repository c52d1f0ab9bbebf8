import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'

/** With what Node refuses what it cannot read as a request, by its error's code; 400 for any other. */
const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/**
 * Refuses what is no whole request as Node would, and writes a line of it: no handler ever sees one. The line says nothing of what was
 * said. Who merely goes away is not refused. `isAnswered` tells whether an answer has begun on the connection, which then is only cut.
 */
export function refuseUnread(
  server: http.Server,
  log: Pick<Logger, 'info'>,
  isAnswered: (socket: Duplex) => boolean,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { code = '' } = error
    if (socket.writable && code !== 'ECONNRESET' && code !== 'EPIPE') {
      const status = STATUS[code] ?? 400
      const ip = socket instanceof net.Socket ? socket.remoteAddress : undefined
      log.info({ status, ip, reason: code || error.message }, 'request could not be parsed')
      if (!isAnswered(socket)) {
        socket.write(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
      }
    }
    socket.destroy(error)
  })
}
