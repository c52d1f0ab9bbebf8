import net from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
const sockets = new Set<net.Socket>()
beforeAll(async () => {
  purser = await startPurser()
})
const closeAll = () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
}
afterEach(closeAll)
afterAll(() => purser.stop())

/** Asks for so much that no buffer between holds it, then for two pages, and reads nothing. */
async function askAndReadNothing() {
  const { port, hostname, host } = new URL(purser.url)
  const socket = net.connect(Number(port), hostname)
  sockets.add(socket)
  socket.on('error', () => {}).pause()
  const get = (address: string) => `GET ${address} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  socket.write(get('/assets/purser.any.css').repeat(70) + get('/login').repeat(2))
  await new Promise((resolve) => setTimeout(resolve, 50))
}

test('visitors who do not read their pages keep nobody of their network from theirs', async () => {
  for (let count = 0; count < 12; count++) await askAndReadNothing()
  const meanwhile = await purser.visitor().get('/login')
  closeAll()
  const afterwards = await purser.visitor().get('/login')
  expect([meanwhile.status, afterwards.status]).toEqual([200, 200])
})
