import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isDatabaseLost } from '../../src/database/failures.ts'
import { makeCustomer } from '../support/cast.ts'
import { type RunningPurser, startPurser } from '../support/purser.ts'
import { verifyLedger } from '../support/rounds.ts'
import { waitFor } from '../support/wait.ts'
import { Way } from '../support/way.ts'

let purser: RunningPurser
beforeAll(async () => {
  purser = await startPurser()
  await makeCustomer(purser.northwind, { balance: 1000n, credits: 300n })
})
afterAll(() => purser.stop())

test('a verification whose connection is cut ends by itself, and takes nothing with it', async () => {
  const owner = new pg.Client(purser.database.ownerUrl)
  await owner.connect()
  const way = new Way(new URL(purser.database.appUrl))
  const through = Object.assign(new URL(purser.database.appUrl), { port: String(await way.listen()) })
  const pool = new pg.Pool({ connectionString: through.href, max: 1 })
  pool.on('error', () => {})
  // What nobody listens to would end a process; here it is seen.
  const unheard: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => unheard.push(error))
  try {
    // The sums wait for the table, which the chain before them does not need.
    await owner.query('begin; lock table grant_movements in access exclusive mode')
    const ended = verifyLedger({ pool }, {}).catch((error: unknown) => error)
    await waitFor(
      async () =>
        (
          await owner.query(
            `select from pg_locks l join pg_database d on d.oid = l.database
             where d.datname = current_database() and l.relation = 'grant_movements'::regclass and not l.granted`,
          )
        ).rows.length > 0,
      { what: 'the sums' },
    )
    way.cut()
    expect(isDatabaseLost(await ended)).toBe(true)
    way.mend()
    await owner.query('rollback')
    expect(await verifyLedger({ pool }, {})).toMatchObject({ fault: null })
    expect(unheard).toEqual([])
  } finally {
    await owner.end()
    process.removeAllListeners('uncaughtException')
    for (const listener of others) process.on('uncaughtException', listener)
    await pool.end()
    way.close()
  }
})
