import net from 'node:net'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { cloneDatabase } from '../setup/worker.ts'
import { PurserProcess } from '../support/process.ts'

// Whole processes, each with a database server to start: slow where the machine is busy with other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

test('a wrong configuration is a sentence for each variable, and the process ends with 1', async () => {
  const purser = new PurserProcess({
    env: { PORT: 'three', LOG_LEVEL: 'loud', SMTP_URL: 'http://secret@mail' },
  })
  expect(await purser.ended()).toBe(1)
  expect(purser.err.split('\n')).toEqual([
    'PORT must be a whole number from 0 to 65535.',
    expect.stringMatching(/^SMTP_URL must be an address such as smtps:/),
    expect.stringMatching(/^LOG_LEVEL must be one of fatal/),
    '',
  ])
  expect(purser.err).not.toContain('secret')
})

test('an option that does not exist is a sentence', async () => {
  const purser = new PurserProcess({ flags: ['--dmeo'] })
  expect(await purser.ended()).toBe(1)
  expect(purser.err).toBe('Unknown option --dmeo. The options are --demo, --new-key, and --with-npm.\n')
})

test('a port in use is one sentence that says what to do, before anything is started', async () => {
  const squatter = net.createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  const { port } = squatter.address() as net.AddressInfo
  const purser = new PurserProcess({ env: { PORT: String(port) } })
  expect(await purser.ended()).toBe(1)
  expect(purser.err).toBe(
    `Port ${port} of 127.0.0.1 is in use by another program. Stop that program, or set PORT to a free port.\n`,
  )
  expect(purser.out).toBe('')
  squatter.close()
})

test("an address that is not this machine's is a sentence", async () => {
  const purser = new PurserProcess({ env: { HOST: '192.0.2.1' } })
  expect(await purser.ended()).toBe(1)
  expect(purser.err).toMatch(/^HOST is 192\.0\.2\.1, which is not an address of this machine\. .*\n$/)
})

test('a database that cannot be reached is a sentence', async () => {
  const purser = new PurserProcess({ env: { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' } })
  expect(await purser.ended()).toBe(1)
  expect(purser.err).toMatch(/^The database none on 127\.0\.0\.1:1 cannot be reached: .*\.\n$/)
  expect(purser.err).not.toContain('secret')
})

test('with the owner alone it starts, warns, and says so at /readyz', async () => {
  const database = await cloneDatabase()
  const purser = new PurserProcess({ env: { DATABASE_URL: database.ownerUrl } })
  const url = await purser.ready()
  expect(purser.err).toMatch(
    /only triggers guard the ledger and the audit log, and it can read password hashes\. .*DATABASE_OWNER_URL/,
  )
  const readiness = (await (await fetch(`${url}/readyz`)).json()) as object
  expect(readiness).toMatchObject({ ready: true, guards: { triggers: true, grants: false } })
  expect((await purser.end()).code).toBe(0)
  await database.drop()
})
