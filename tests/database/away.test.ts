import net from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { connect, disconnect, openPool } from '../../src/database/client.ts'
import { isDatabaseAway, isDatabaseLost } from '../../src/database/failures.ts'
import { waitFor } from '../support/wait.ts'

/** What a machine may be that a database was on: each does this with whoever connects. */
const SERVERS: Record<string, (socket: net.Socket) => void> = {
  'that takes connections and says nothing': () => {},
  'that ends them at once': (socket) => socket.end(),
  'that breaks them at once': (socket) => socket.resetAndDestroy(),
  'that breaks them when it is asked': (socket) => socket.once('data', () => socket.resetAndDestroy()),
  'that knows no TLS': (socket) => socket.once('data', () => socket.write('N')),
  'that says it knows TLS, and nothing more': (socket) => socket.once('data', () => socket.write('S')),
  'that says it knows TLS, and ends': (socket) => socket.once('data', () => socket.end('S')),
  'that says it knows TLS, and breaks': (socket) =>
    socket.once('data', () => socket.write('S', () => socket.resetAndDestroy())),
}

const open = new Set<{ server: net.Server; sockets: Set<net.Socket> }>()
afterAll(() => {
  for (const { server, sockets } of open) {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})

/** Serves so, and gives the address of a database there. */
async function serve(how: (socket: net.Socket) => void): Promise<{ url: string; sockets: Set<net.Socket> }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
    how(socket)
  })
  open.add({ server, sockets })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  return { url: `postgresql://purser:x@127.0.0.1:${port}/purser`, sockets }
}

for (const [what, how] of Object.entries(SERVERS)) {
  for (const tls of ['disable', 'no-verify']) {
    test.concurrent(`a server ${what} (TLS: ${tls}) is a database that is away, within 6 s`, async () => {
      const { url } = await serve(how)
      const database = connect(`${url}?sslmode=${tls}`, { use: 'page', onError: () => {} })
      const before = performance.now()
      const asked = [
        database.pool.query('select 1'),
        database.prisma.staff.findFirst(),
        database.prisma.$transaction(async (db) => db.staff.findFirst()),
      ]
      const errors = await Promise.all(
        asked.map((one) =>
          one.then(
            () => null,
            (error: unknown) => error,
          ),
        ),
      )
      expect(errors.filter((error) => !isDatabaseLost(error))).toEqual([])
      expect(performance.now() - before).toBeLessThan(6_000)
      await disconnect(database)
    })
  }
}

test.each([
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ECONNABORTED',
  'EAI_AGAIN',
  '57P04',
  '57P05',
  '25P03',
  '25P04',
])('%s is a database that is away, not a bug', (code) => {
  expect(isDatabaseAway(Object.assign(new Error('connect'), { code }))).toBe(true)
  expect(
    isDatabaseAway({ code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: code } } } }),
  ).toBe(true)
})

test.each(['55P03', '57014', '40P01', '53100', '25006'])('%s is said by one that is there', (code) => {
  expect(isDatabaseLost({ code })).toBe(true)
  expect(isDatabaseAway({ code })).toBe(false)
})

test('so is one that Prisma could not begin a transaction on in time', () => {
  const message = 'Transaction API error: Unable to start a transaction in the given time.'
  expect(isDatabaseLost(Object.assign(new Error(message), { code: 'P2028' }))).toBe(true)
})

test.each(['page', 'work'] as const)(
  'a pool for a %s that is closed holds up no process, however silent the server is',
  async (use) => {
    // As far as a client can see, PostgreSQL that lets everybody in, has nothing under way, and then vanishes.
    const { url } = await serve((socket) =>
      socket.once('data', () =>
        socket.write(
          Buffer.from([
            ...Buffer.from('R'),
            0,
            0,
            0,
            8,
            0,
            0,
            0,
            0,
            ...Buffer.from('Z'),
            0,
            0,
            0,
            5,
            ...Buffer.from('I'),
          ]),
        ),
      ),
    )
    const pool = openPool(url, { use, onError: () => {} })
    const client = await pool.connect()
    const { stream } = (client as unknown as { connection: { stream: net.Socket } }).connection
    client.release()
    await pool.end()
    await waitFor(() => stream.destroyed, { msMax: 3_000, what: 'its connection to be closed' })
  },
)
