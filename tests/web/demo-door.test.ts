import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

/** The same Purser as the demo, or not. */
const served = ({ isDemo }: { isDemo: boolean }) =>
  createApp({ ...purser.services, config: { ...purser.services.config, isDemo } })

const PASSED_ON = [
  ['Host', 'demo.example.com'],
  ['Host', '192.0.2.7:3000'],
  ['Host', '0.0.0.0:3000'],
  ['Host', 'localhost.example.com'],
  ['Host', '::::'],
  ['X-Forwarded-For', '127.0.0.1'],
  ['Forwarded', 'for=127.0.0.1'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'localhost'],
  ['X-Real-IP', '192.0.2.7'],
  ['Via', '1.1 proxy'],
] as const

test.each(PASSED_ON)('the demo refuses %s: %s, and says why', async (name, value) => {
  for (const path of ['/login', '/console/northwind/login', '/customers', '/nowhere']) {
    const answer = await request(served({ isDemo: true }))
      .get(path)
      .set(name, value)
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('This is the demo, whose passwords are public')
  }
  const sent = await request(served({ isDemo: true }))
    .post('/login')
    .set(name, value)
    .type('form')
    .send({})
  expect(sent.status).toBe(403)
  const real = await request(served({ isDemo: false }))
    .get('/login')
    .set(name, value)
  expect(real.status).toBe(200)
})

test.each(['localhost:3000', '127.0.0.1:3000', '127.0.0.2', '[::1]:3000', 'demo.localhost:3000'])(
  'the demo answers under %s',
  async (host) => {
    const answer = await request(served({ isDemo: true }))
      .get('/login')
      .set('Host', host)
    expect(answer.status).toBe(200)
  },
)

test.each(['//evil.example/x', '/\\evil.example/x', 'http://evil.example/y', '//evil.example:99999/', '//['])(
  'the demo leads nowhere else from its IP address: %s',
  async (target) => {
    const config = { ...purser.services.config, isDemo: true, port: 3000, appUrl: 'http://localhost:3000' }
    const server = createServer(createApp({ ...purser.services, config })).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    // As it is: a client of HTTP would put the address right.
    const socket = connect(port, '127.0.0.1')
    socket.end(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n\r\n`)
    const answer = await text(socket)
    server.close()
    expect(answer).toMatch(/^HTTP\/1\.1 (404|400|303) /)
    // To the login it may lead, which goes on to addresses of this site alone.
    expect(answer).not.toMatch(/^Location: (?!\/login\?)/im)
  },
)

test('the demo leads from its IP address to its name, with a page and with nothing that is sent', async () => {
  const config = { ...purser.services.config, isDemo: true, port: 3000, appUrl: 'http://localhost:3000' }
  const ask = (host: string, own: Partial<typeof config> = {}) =>
    request(createApp({ ...purser.services, config: { ...config, ...own } }))
      .get('/login?next=/tags')
      .set('Host', host)
  for (const host of ['127.0.0.1:3000', '[::1]:3000']) {
    const { status, headers } = await ask(host)
    expect([status, headers.location]).toEqual([303, 'http://localhost:3000/login?next=/tags'])
  }
  // By its name; where it is passed on from another port; by an address of the owner's own choice; and in earnest.
  expect((await ask('localhost:3000')).status).toBe(200)
  expect((await ask('127.0.0.1:8080')).status).toBe(200)
  expect((await ask('127.0.0.1:3000', { appUrl: 'http://127.0.0.1:3000' })).status).toBe(200)
  expect((await ask('127.0.0.1:3000', { isDemo: false })).status).toBe(200)
  const sent = await request(createApp({ ...purser.services, config }))
    .post('/login')
    .set('Host', '127.0.0.1:3000')
    .set('Origin', 'http://127.0.0.1:3000')
    .type('form')
    .send({ email: 'owner@northwind.example' })
  expect(sent.status).toBe(403)
  expect(sent.text).toContain('Open http://localhost:3000 and log in there.')
})
