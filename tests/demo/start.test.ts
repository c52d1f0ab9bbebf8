import { once } from 'node:events'
import net from 'node:net'
import os from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { cloneDatabase } from '../setup/worker.ts'
import { PurserProcess } from '../support/process.ts'
import { startPurser } from '../support/purser.ts'
import { waitFor } from '../support/wait.ts'

let purser: PurserProcess | undefined
afterEach(async () => {
  await purser?.end('SIGKILL')
})

test('npm run demo: loopback whatever HOST says, the address, whom to log in as; a second start has nothing to load', async () => {
  const database = await cloneDatabase()
  const env = { DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, HOST: '0.0.0.0' }
  purser = new PurserProcess({ script: 'demo', env })
  const url = new URL(await purser.ready({ msMax: 240_000 }))
  expect(url.hostname).toBe('localhost')
  const byNumber = (path: string) => fetch(`http://127.0.0.1:${url.port}${path}`, { redirect: 'manual' })
  const led = await byNumber('/login?next=/tags')
  expect([led.status, led.headers.get('Location')]).toEqual([303, `${url.origin}/login?next=/tags`])
  expect((await byNumber('/healthz')).status).toBe(200)
  expect((await fetch(`${url.origin}/readyz`)).status).toBe(200)
  const outside = Object.values(os.networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  if (outside) await expect(fetch(`http://${outside.address}:${url.port}/healthz`)).rejects.toThrow()
  expect(purser.out).toContain('Loading the demo: 50 %.')
  // Said after the address, in a write of its own.
  await waitFor(() => purser?.out.includes('owner@eastgate.example'), { what: 'the accounts' })
  expect(purser.out).toContain('Log in with the password demo-password-2026')
  expect(purser.out).toMatch(/support@northwind\.example +Support +Northwind Cloud \(USD\)\n/)
  expect(await purser.end()).toMatchObject({ code: 0 })

  purser = new PurserProcess({ script: 'demo', env })
  await purser.ready()
  await waitFor(() => purser?.out.includes('owner@eastgate.example'), { what: 'the accounts' })
  expect(purser.out).not.toContain('Loading')
  expect(await purser.end()).toMatchObject({ code: 0 })
  await database.drop()
}, 300_000)

test.each(['::1', '127.0.0.1'])(
  'a program that answers at %s under localhost is not shown in its place: the demo does not start',
  async (taken) => {
    const program = net.createServer().listen({ host: taken, port: 0 })
    await once(program, 'listening')
    const { port } = program.address() as net.AddressInfo
    const HOST = taken === '::1' ? '127.0.0.1' : '::1'
    purser = new PurserProcess({ script: 'demo', env: { PORT: String(port), HOST } })
    expect(await purser.ended()).toBe(1)
    expect(purser.err).toBe(
      `Port ${port} of ${taken} is in use by another program. Stop that program, or set PORT to a free port.\n`,
    )
    program.close()
  },
)

test('a database in real use is refused, and nothing is left running', async () => {
  const other = await startPurser()
  purser = new PurserProcess({
    flags: ['--demo'],
    env: { DATABASE_URL: other.database.appUrl, DATABASE_OWNER_URL: other.database.ownerUrl },
  })
  expect(await purser.ended()).toBe(1)
  expect(purser.err).toMatch(
    /^This database contains (Northwind Cloud|Eastgate), which is not the demo, .*\n$/,
  )
  await other.stop()
})
