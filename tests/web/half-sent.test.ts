import { once } from 'node:events'
import net from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { type Listening, listen, tryDoor } from '../../src/startup/listen.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { Visitor } from '../support/visit.ts'

let purser: RunningPurser
let owner: Visitor
beforeAll(async () => {
  purser = await startPurser()
  owner = await purser.as(purser.northwind.staff.owner)
})
afterAll(() => purser.stop())

const HEAD = 'GET /login HTTP/1.1\r\nHost: purser.example\r\n'

/** Serves the same Purser once more, by the server that people start; 127.0.0.1 is another door of it. */
async function serve(patience?: Parameters<typeof listen>[2]): Promise<{ port: number; serving: Listening }> {
  const port = await tryDoor({ host: '127.0.0.1', port: 0 })
  return {
    port,
    serving: await listen(createApp(purser.services), { host: '127.0.0.1', port }, patience),
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
