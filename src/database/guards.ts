import type pg from 'pg'

/** The tables to which rows are only added, and the triggers that see to it. */
export const APPEND_ONLY_TABLES = [
  'postings',
  'entries',
  'grant_movements',
  'audit_rows',
  'login_as_events',
] as const
const GUARD_TRIGGERS = APPEND_ONLY_TABLES.flatMap((table) => [`${table}_append_only`, `${table}_no_truncate`])

export interface Guards {
  /** Every trigger that refuses a change of the ledger or the audit log is there and enabled. */
  triggers: boolean
  /** The role that the application connects as could not change them either: it owns nothing and has no such grant. */
  grants: boolean
}

/** Whether the database guards ledger and audit log by itself, as seen by the role that asks. Two catalog look-ups. */
export async function guardsInPlace(pool: pg.Pool): Promise<Guards> {
  const { rows } = await pool.query<{ triggers: string; grants: boolean }>({
    name: 'guards',
    text: `
      select (select count(*) from pg_trigger where tgname = any($1) and tgenabled in ('O', 'A')) as triggers,
             not exists (
               select from unnest($2::text[]) as guarded
               where has_table_privilege(guarded, 'UPDATE') or has_table_privilege(guarded, 'DELETE')
                  or has_table_privilege(guarded, 'TRUNCATE')
                  or pg_has_role((select relowner from pg_class where oid = guarded::regclass), 'MEMBER')
             ) as grants`,
    values: [GUARD_TRIGGERS, APPEND_ONLY_TABLES],
  })
  const [row] = rows
  return { triggers: Number(row?.triggers) === GUARD_TRIGGERS.length, grants: row?.grants ?? false }
}
