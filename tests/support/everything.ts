import { createHash } from 'node:crypto'
import pg from 'pg'
import type { EmptyPurser } from './purser.ts'

/** Looks at all that is stored, as the tables' owner, so that it sees everything. */
export interface Onlooker {
  /** Each table of Purser's and of the job queue's, and what it holds, as one digest. A row that was written again as it was counts as changed. */
  look(): Promise<Map<string, string>>
  close(): Promise<void>
}

export async function openOnlooker({ database }: Pick<EmptyPurser, 'database'>): Promise<Onlooker> {
  const client = new pg.Client(database.ownerUrl)
  // The database is dropped under it in the end.
  client.on('error', () => {})
  await client.connect()
  return {
    look: () => digests(client),
    close: () => client.end(),
  }
}

/** The tables that hold something else than before. */
export function changedSince(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...after.keys()].filter((name) => after.get(name) !== before.get(name))
}

async function digests(client: pg.Client): Promise<Map<string, string>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss') order by 1`,
  )
  const found = new Map<string, string>()
  for (const { name } of tables) {
    const { rows } = await client.query<{ line: string }>(
      `select t.xmin::text || t::text as line from ${name} t order by 1`,
    )
    const digest = createHash('sha256').update(rows.map(({ line }) => line).join('\n'))
    found.set(name.replace(/^public\./, ''), digest.digest('hex'))
  }
  return found
}
