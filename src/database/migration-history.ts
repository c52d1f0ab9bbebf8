import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { Migration } from './migration-files.ts'

/** Whatever a query can be sent through. */
export type Queries = Pick<pg.Pool | pg.Client, 'query'>

/** Makes the table in which Prisma keeps what was applied, as Prisma makes it. */
export async function makeHistory(client: Queries): Promise<void> {
  if (await hasHistory(client)) return
  await client.query(`
    create table _prisma_migrations (
      id varchar(36) primary key not null,
      checksum varchar(64) not null,
      finished_at timestamptz,
      migration_name varchar(255) not null,
      logs text,
      rolled_back_at timestamptz,
      started_at timestamptz not null default now(),
      applied_steps_count integer not null default 0
    )`)
}

/** Name and checksum of what has been applied; nothing in a database that is new. */
export async function appliedIn(client: Queries): Promise<Map<string, string>> {
  if (!(await hasHistory(client))) return new Map()
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'select migration_name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null',
  )
  return new Map(rows.map((row) => [row.migration_name, row.checksum]))
}

/** Notes a migration as applied, with the row that Prisma writes. In the transaction of its script, that is when it began. */
export async function noteApplied(client: Queries, { name, checksum }: Migration): Promise<void> {
  await client.query(
    `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     values ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  )
}

/**
 * Closes what an earlier Purser or Prisma's own engine began and never finished: a script whose step was counted is applied; any other is
 * to be tried again. Call it while nobody else migrates.
 */
export async function closeUnfinished(client: Queries): Promise<void> {
  await client.query(`
    update _prisma_migrations
    set finished_at = case when applied_steps_count > 0 then now() end,
        rolled_back_at = case when applied_steps_count = 0 then now() end
    where finished_at is null and rolled_back_at is null`)
}

/**
 * Whether somebody was ended while they applied exactly this script: it was begun, and neither counted nor found to be at fault. Prisma's
 * engine counts a script after the commit, so that it may be there all the same.
 */
export async function wasInterrupted(client: Queries, { name, checksum }: Migration): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from _prisma_migrations
     where migration_name = $1 and checksum = $2 and finished_at is null and applied_steps_count = 0 and coalesce(logs, '') = ''`,
    [name, checksum],
  )
  return rowCount !== 0
}

async function hasHistory(client: Queries): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as there`,
  )
  return rows[0]?.there ?? false
}
