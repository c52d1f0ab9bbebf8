import { once } from 'node:events'
import net from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { type Listening, listen, tryPort } from '../../src/startup/listen.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { Visitor } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
const log: string[] = []
beforeAll(async () => {
  purser = await startPurser({ env: { LOG_LEVEL: 'info' }, log })
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const HEAD = 'GET /login HTTP/1.1\r\nHost: purser.example\r\n'

/** Serves the same Purser once more, by the server that people start; 127.0.0.1 is another door of it. */
async function serve(patience?: Parameters<typeof listen>[2]): Promise<{ port: number; serving: Listening }> {
  const port = await tryPort({ host: '127.0.0.1', port: 0 })
  return {
    port,
    serving: await listen(
      createApp(purser.services),
      { config: { host: '127.0.0.1', port }, log: purser.services.log },
      patience,
    ),
  }
}

/** A connection that has said so much and says no more; `ended` is what it was told, once it is over. */
async function begin(port: number, said: string) {
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1')
  let text = ''
  socket.on('data', (part: string) => (text += part))
  socket.on('error', () => {})
  const ended = once(socket, 'close').then(() => text)
  await once(socket, 'connect')
  socket.write(said)
  return { socket, ended }
}

/** Half a form that the owner posts: its session is known, and what it says never comes. */
function halfForm(): string {
  const cookie = [...owner.cookies].map((pair) => pair.join('=')).join('; ')
  return (
    `POST /account/password HTTP/1.1\r\nHost: purser.example\r\nCookie: ${cookie}\r\n` +
    'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ncsrf=half'
  )
}

test('a hundred requests that are never said to their end keep nobody out, not even whoever sends them', async () => {
  const { port, serving } = await serve()
  const halves = Array.from({ length: 100 }, (_, at) => [HEAD, halfForm(), 'GE'][at % 3] ?? '')
  const begun = await Promise.all(halves.map((said) => begin(port, said)))
  const browser = new Visitor(`http://127.0.0.1:${port}`)
  for (const [name, value] of owner.cookies) browser.cookies.set(name, value)
  expect((await browser.get('/customers')).status).toBe(200)
  expect((await new Visitor(browser.url).get('/login')).status).toBe(200)
  expect(purser.services.database.pool.waitingCount).toBe(0)
  for (const { socket } of begun) socket.destroy()
  await serving.stop({ drainMs: 0, graceMs: 0 })
})

test('whoever does not come to an end is told so, and the connection is closed', async () => {
  const { port, serving } = await serve({ headMs: 100, wholeMs: 200, lookEveryMs: 50 })
  const begun = await Promise.all([HEAD, halfForm()].map((said) => begin(port, said)))
  for (const { ended } of begun) expect(await ended).toMatch(/^HTTP\/1\.1 408 /)
  await serving.stop({ drainMs: 0, graceMs: 0 })
})

test('what is no request is refused, with a line that says from where and why, and nothing of what was said', async () => {
  const { port, serving } = await serve({ headMs: 100, wholeMs: 200, lookEveryMs: 50 })
  log.splice(0)
  const said: [string, number][] = [
    ['SECRET words\r\n\r\n', 400],
    [`${HEAD}Cookie: SECRET=${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [`${HEAD}X: SECRET`, 408],
  ]
  for (const [words, status] of said) {
    const { ended } = await begin(port, words)
    expect(await ended).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*\r\nConnection: close\r\n\r\n$`))
    const line = JSON.parse(log.splice(0).at(-1) ?? '{}')
    expect(line).toMatchObject({ msg: 'request could not be parsed', status, ip: '127.0.0.1' })
    expect(line.reason).toMatch(/^[A-Z_]+$/)
    expect(JSON.stringify(line)).not.toContain('SECRET')
  }
  const { socket, ended } = await begin(port, HEAD)
  socket.resetAndDestroy()
  await ended
  const browser = new Visitor(`http://127.0.0.1:${port}`)
  expect((await browser.get('/login')).status).toBe(200)
  expect(log.join('')).not.toContain('request could not be parsed')
  await serving.stop({ drainMs: 0, graceMs: 0 })
})
