import type pg from 'pg'
import { expect } from 'vitest'

/** A change behind the database's back. */
interface Tampering {
  /** The tables that may be changed, what is referred to before what refers to it. */
  tables: readonly string[]
  /** Those of them that refuse changes by triggers. */
  guarded: readonly string[]
  sql: string
  values?: unknown[]
}

/** Does what no guard lets anybody do, to one row, as the tables' owner with the triggers off; gives what `look` finds, and undoes it. */
export async function tamper<Result>(
  owner: pg.Client,
  { tables, guarded, sql, values = [] }: Tampering,
  look: () => Promise<Result>,
): Promise<Result> {
  for (const table of tables)
    await owner.query(`create temp table copy_of_${table} as select * from ${table}`)
  for (const table of guarded) await owner.query(`alter table ${table} disable trigger user`)
  try {
    const { rowCount } = await owner.query(sql, values)
    expect(rowCount).toBe(1)
    return await look()
  } finally {
    await restore(owner, tables)
    for (const table of guarded) await owner.query(`alter table ${table} enable trigger user`)
  }
}

/** Puts back what was changed, row by row, and what was removed, and takes away what was added. */
async function restore(owner: pg.Client, tables: readonly string[]) {
  for (const table of tables) {
    // What is generated comes back with what it is made of.
    const { rows } = await owner.query<{ list: string; columns: string; copied: string }>(
      `select string_agg(format('%I = c.%I', column_name, column_name), ', ') as list,
         string_agg(format('%I', column_name), ', ') as columns, string_agg(format('c.%I', column_name), ', ') as copied
       from information_schema.columns where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'`,
      [table],
    )
    const [{ list, columns, copied } = { list: '', columns: '', copied: '' }] = rows
    const key = keyOf(table)
    await owner.query(`update ${table} t set ${list} from copy_of_${table} c where t.reseller_id = c.reseller_id and ${key}
                       and t is distinct from c`)
    await owner.query(`insert into ${table} (${columns}) select ${copied} from copy_of_${table} c where not exists
                       (select from ${table} t where t.reseller_id = c.reseller_id and ${key})`)
  }
  for (const table of tables.toReversed()) {
    await owner.query(`delete from ${table} t where not exists
                       (select from copy_of_${table} c where t.reseller_id = c.reseller_id and ${keyOf(table)})`)
    await owner.query(`drop table copy_of_${table}`)
  }
}

/** Of tables whose key is not the id. */
const KEYS: Readonly<Record<string, string>> = {
  grant_movements: '(t.posting_id, t.grant_id) = (c.posting_id, c.grant_id)',
  moved_sums: '(t.customer_id, t.since) = (c.customer_id, c.since)',
  customer_amounts: '(t.id, t.account) = (c.id, c.account)',
}
const keyOf = (table: string) => KEYS[table] ?? 't.id = c.id'
