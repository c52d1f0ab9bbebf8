import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, disconnect } from '../../src/database/client.ts'
import { type Shortage, isDatabaseLost, shortageOf } from '../../src/database/failures.ts'
import { OutsideFailure, openLog } from '../../src/log.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { waitFor } from '../support/wait.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

const lines: string[] = []
const log = openLog({ logLevel: 'info' }, { write: (line: string) => void lines.push(line) })

/** The line that the log has of an error. */
function lineOf(err: unknown): string {
  log.warn({ err }, 'it failed')
  return lines.pop() ?? ''
}

test('a connection that the server ends is one short line, whatever hung on it', async () => {
  const lost: Error[] = []
  const database = connect(purser.database.appUrl, { max: 1, onError: (error) => lost.push(error) })
  const { rows } = await database.pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  await purser.services.database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  const error = await waitFor(() => lost[0])
  expect(Object.keys(error)).toContain('client')
  const line = lineOf(error)
  expect(line.length).toBeLessThan(300)
  expect(JSON.parse(line)).toMatchObject({
    err: { code: '57P01', message: expect.stringMatching(/terminating/) },
  })
  await disconnect(database)
})

test('so is what Prisma says of a database that is away, without our code that it quotes', async () => {
  const database = connect('postgresql://purser:x@127.0.0.1:1/purser', { onError: () => {} })
  const error: unknown = await database.prisma.staff.findFirst().catch((caught: unknown) => caught)
  const line = lineOf(error)
  expect(line.length).toBeLessThan(400)
  expect(line).not.toMatch(/invocation|failures\.test|stack/)
  await disconnect(database)
})

test('what may be a bug has its stack, and what is outside of Purser has none', () => {
  expect(lineOf(new TypeError('nothing there'))).toContain('failures.test.ts')
  expect(lineOf(new OutsideFailure('connect ECONNREFUSED'))).not.toContain('failures.test.ts')
})

test.each<[string, Shortage | null]>([
  ['53000', 'resources'],
  ['53100', 'disk space'],
  ['53200', 'memory'],
  ['53300', 'connections'],
  ['53400', 'resources'],
  ['58030', 'disk'],
  ['58P01', null],
  ['57P01', null],
])('SQLSTATE %s, however it is wrapped, is a shortage of %s', (code, shortage) => {
  for (const error of [
    { code },
    { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: code } } } },
  ]) {
    expect(shortageOf(error)).toBe(shortage)
    if (shortage) expect(isDatabaseLost(error)).toBe(true)
  }
})

test.each(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'])(
  'a transaction that fails to begin or end with %s has lost the database',
  (kind) => {
    expect(
      isDatabaseLost(Object.assign(new Error(kind, { cause: { kind } }), { name: 'DriverAdapterError' })),
    ).toBe(true)
  },
)
