import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import http from 'node:http'
import { type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import pg from 'pg'
import { createApp } from '../../src/app.ts'
import { EMBEDDED_POSTGRES, maybeTooOld } from '../../src/database/embedded-age.ts'
import { connect, disconnect } from '../../src/database/client.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
})
afterAll(() => purser.stop())

/** A Purser on the same database, reached as another role or at another address. */
function elsewhere(url: string) {
  const database = connect(url, { max: 2, onError: () => {} })
  return { app: createApp({ ...purser.services, database }), close: () => disconnect(database) }
}

describe('/healthz', () => {
  test('answers while the process lives, without a session or a cookie', async () => {
    const answer = await request(createApp(purser.services)).get('/healthz')
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ alive: true })
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  test('also without a database', async () => {
    const { app, close } = elsewhere('postgresql://purser:x@127.0.0.1:1/purser')
    expect((await request(app).get('/healthz')).status).toBe(200)
    await close()
  })
})

describe('/readyz', () => {
  test('says yes where tables and guards are in place', async () => {
    const answer = await request(createApp(purser.services)).get('/readyz')
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      ready: true,
      database: 'reachable',
      pendingMigrations: [],
      guards: { alteredFunctions: [], triggers: true, constraints: true, grants: true },
      warnings: expect.any(Array),
    })
  })

  test('warns, and still says yes, where the embedded PostgreSQL was released long ago', async () => {
    const { pool } = purser.services.database
    const tooOld = await maybeTooOld(pool)
    const answer = await ready()
    expect([answer.status, answer.body.warnings]).toEqual([200, tooOld ? [tooOld] : []])
  })

  test.each([
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-For', ''],
    ['Forwarded', 'for=127.0.0.1'],
  ])('tells a request that was passed on, with %s: %s, only whether it is ready', async (header, value) => {
    for (const trustProxy of [false, 1] as const) {
      const config = { ...purser.services.config, trustProxy }
      const app = createApp({ ...purser.services, config })
      const answer = await request(app).get('/readyz').set(header, value)
      expect([answer.status, answer.body]).toEqual([200, { ready: true }])
    }
    const { app, close } = elsewhere('postgresql://purser:secret@127.0.0.1:1/purser')
    const away = await request(app).get('/readyz').set(header, value)
    expect([away.status, away.body]).toEqual([503, { ready: false }])
    expect(away.headers['retry-after']).toBe('5')
    await close()
  })

  test('tells one from another address of this machine’s network only whether it is ready', async (context) => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((one) => one && !one.internal && one.family === 'IPv4')
    if (!outside) return context.skip('This machine has no address but its loopback.')
    const server = http.createServer(createApp(purser.services)).listen(0, '0.0.0.0')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const from = async (address: string) => (await fetch(`http://${address}:${port}/readyz`)).json()
    expect(await from(outside.address)).toEqual({ ready: true })
    expect(await from('127.0.0.1')).toMatchObject({ ready: true, database: 'reachable' })
    server.close()
  })

  test('says that the guard is triggers only where the application is the owner', async () => {
    const { app, close } = elsewhere(purser.database.ownerUrl)
    const answer = await request(app).get('/readyz')
    expect(answer.status).toBe(200)
    expect(answer.body.guards).toEqual({
      alteredFunctions: [],
      triggers: true,
      constraints: true,
      grants: false,
    })
    await close()
  })

  test('says no, and when to ask again, without a database', async () => {
    const { app, close } = elsewhere('postgresql://purser:secret@127.0.0.1:1/purser')
    const answer = await request(app).get('/readyz')
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.body).toEqual({ ready: false, database: 'unreachable' })
    expect(answer.text).not.toContain('secret')
    await close()
  })

  test('says no where a guard was taken away', async () => {
    await asOwner('alter table entries disable trigger entries_append_only')
    const answer = await ready()
    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({ ready: false, guards: { triggers: false } })
    await asOwner('alter table entries enable trigger entries_append_only')
    expect((await ready()).status).toBe(200)
  })

  test('takes no copy of a table for the table: it neither counts nor hides a guard that is missing', async () => {
    await asOwner('create table entries_backup (like entries including all)')
    expect((await ready()).status).toBe(200)
    await asOwner('alter table entries drop constraint entries_sum')
    const answer = await ready()
    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({ guards: { triggers: true, constraints: false } })
    await asOwner('drop table entries_backup')
    await asOwner('alter table entries add constraint entries_sum check (after = before + amount)')
    expect((await ready()).status).toBe(200)
  })

  test('says no where what a trigger does was replaced', async () => {
    const [written] = await asOwner(`select pg_get_functiondef('refuse_change'::regproc) as function`)
    await asOwner(
      'create or replace function refuse_change() returns trigger language plpgsql as $$ begin return new; end $$',
    )
    const answer = await ready()
    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({ guards: { triggers: false, constraints: true } })
    await asOwner(written?.function ?? '')
    expect((await ready()).status).toBe(200)
  })

  test('says no where a migration is missing, and where the database is a newer Purser’s', async () => {
    await asOwner('update _prisma_migrations set finished_at = null')
    const missing = await ready()
    expect(missing.status).toBe(503)
    expect(missing.body.pendingMigrations).toEqual(
      readdirSync('prisma/migrations').filter((name) => /^\d/.test(name)),
    )
    await asOwner(`update _prisma_migrations set finished_at = now(), migration_name = '9' || migration_name`)
    const newer = await ready()
    expect(newer.status).toBe(503)
    expect(newer.body).toEqual({ ready: false, database: 'failing, see the log' })
    await asOwner(`update _prisma_migrations set migration_name = substr(migration_name, 2)`)
    expect((await ready()).status).toBe(200)
  })
})

describe('the embedded PostgreSQL', () => {
  const released = new Date(EMBEDDED_POSTGRES.released)
  const inMonths = (months: number, days: number) => {
    const day = new Date(released)
    day.setUTCMonth(day.getUTCMonth() + months)
    return new Date(day.getTime() + days * 24 * 60 * 60 * 1000)
  }

  test('has its version and the day of its release beside the pin', async () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    const { version } = EMBEDDED_POSTGRES
    expect(dependencies['embedded-postgres']).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.0\\b`))
    const { rows } = await purser.services.database.pool.query('show server_version')
    expect(rows[0].server_version).toBe(version)
    expect(readFileSync('docs/operations.md', 'utf8')).toContain(
      `PostgreSQL ${version}, released on ${EMBEDDED_POSTGRES.released}`,
    )
  })

  test('is too old more than six months after that', async () => {
    const { pool } = purser.services.database
    expect(await maybeTooOld(pool, inMonths(6, 0))).toBeNull()
    expect(await maybeTooOld(pool, inMonths(6, 1))).toMatch(
      new RegExp(
        `^The embedded PostgreSQL \\S+ was released on ${EMBEDDED_POSTGRES.released}, more than 6 months ago`,
      ),
    )
  })

  test('of one’s own is nobody’s to judge', async () => {
    const pool = { query: async () => ({ rows: [{ name: 'main' }] }) } as unknown as pg.Pool
    expect(await maybeTooOld(pool, inMonths(60, 0))).toBeNull()
  })
})

const ready = () => request(createApp(purser.services)).get('/readyz')

async function asOwner(statement: string): Promise<{ function?: string }[]> {
  const owner = new pg.Client(purser.database.ownerUrl)
  await owner.connect()
  const { rows } = await owner.query<{ function?: string }>(statement)
  await owner.end()
  return rows
}
