import pg from 'pg'
import { inject } from 'vitest'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'
import type { CastFacts } from './cast.ts'

/** The database with the cast that is copied for each test file. What is said about it, as JSON, is who they are. */
export const CAST_TEMPLATE = 'purser_cast'

let known: Promise<CastFacts> | undefined

/**
 * Who the cast of CAST_TEMPLATE are. Whoever of a run asks first makes it, with `make`, which has to leave nobody connected; the others
 * wait.
 */
export function castTemplate(make: (database: ClonedDatabase) => Promise<CastFacts>): Promise<CastFacts> {
  known ??= findOrMake(make)
  return known
}

async function findOrMake(make: (database: ClonedDatabase) => Promise<CastFacts>): Promise<CastFacts> {
  const client = new pg.Client(inject('superUrl'))
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(1)')
    const { rows } = await client.query<{ facts: string | null }>(
      `select shobj_description(oid, 'pg_database') as facts from pg_database where datname = $1`,
      [CAST_TEMPLATE],
    )
    if (rows[0]?.facts) return JSON.parse(rows[0].facts) as CastFacts
    await client.query(`drop database if exists ${CAST_TEMPLATE} with (force)`)
    const facts = await make(await cloneDatabase({ name: CAST_TEMPLATE }))
    await client.query(`comment on database ${CAST_TEMPLATE} is ${pg.escapeLiteral(JSON.stringify(facts))}`)
    return facts
  } finally {
    await client.end()
  }
}
