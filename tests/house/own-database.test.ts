import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { guardsInPlace } from '../../src/database/guards.ts'
import { prepareDatabase } from '../../src/startup/database.ts'
import { fileOf } from '../support/source.ts'

test('a PostgreSQL that was set up by the words of the papers is guarded twice', async () => {
  const sql = /```sql\n([\s\S]*?)```/.exec(fileOf('docs/operations.md'))?.[1] ?? ''
  // The server has roles and a database of these names already.
  const name = `readme_${randomBytes(4).toString('hex')}`
  const statements = sql
    .replaceAll(/\bpurser(?=[_ ;])/g, name)
    .split(';')
    .map((line) => line.trim())
  expect(statements.filter(Boolean)).toHaveLength(4)
  const superuser = new pg.Client(inject('superUrl'))
  await superuser.connect()
  try {
    for (const statement of statements.filter(Boolean)) await superuser.query(statement)
    const { host } = new URL(inject('superUrl'))
    const ownerUrl = `postgresql://${name}_owner:one-long-random-password@${host}/${name}`
    const appUrl = `postgresql://${name}:another-long-random-password@${host}/${name}`
    await prepareDatabase({ ownerUrl, appUrl })
    const pool = new pg.Pool({ connectionString: appUrl, max: 1 })
    // The database is dropped before the server has noticed the end of the connection.
    pool.on('error', () => {})
    expect(await guardsInPlace(pool)).toEqual({
      alteredFunctions: [],
      triggers: true,
      constraints: true,
      grants: true,
    })
    await pool.end()
  } finally {
    await superuser.query(`drop database if exists ${name} with (force)`)
    await superuser.query(`drop role if exists ${name}, ${name}_owner`)
    await superuser.end()
  }
})
