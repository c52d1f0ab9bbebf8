import type pg from 'pg'
import { triggerFunctions } from './migration-files.ts'
import { RIGHTS } from './rights.ts'

/** The tables to which rows are only added, and the triggers that see to it. */
const APPEND_ONLY_TABLES = [
  'postings',
  'entries',
  'grant_movements',
  'audit_rows',
  'login_as',
  'login_as_events',
] as const
const GUARD_TRIGGERS = [...APPEND_ONLY_TABLES, 'credit_grants', 'waiting_postings'].flatMap((table) => [
  { table, name: `${table}_append_only` },
  { table, name: `${table}_no_truncate` },
])

const onTable = (table: string, ...names: string[]) => names.map((name) => ({ table, name }))

/** What the database refuses by itself about money, by tables and the names of their constraints and unique indexes. */
const GUARD_CONSTRAINTS = [
  ...onTable(
    'postings',
    'postings_key_form',
    'postings_comment_required',
    'postings_receipt_named',
    'postings_digests',
    'postings_reason_given',
    'postings_reversal_names',
  ),
  ...onTable(
    'entries',
    'entries_sum',
    'entries_floor',
    'entries_amount_not_zero',
    'entries_seq_positive',
    'entries_hash_length',
  ),
  ...onTable(
    'customers',
    'customers_balance_chain',
    'customers_credits_chain',
    'customers_overdraft_not_negative',
  ),
  ...onTable('credit_grants', 'credit_grants_amount_positive', 'credit_grants_remaining_range'),
  ...onTable('grant_movements', 'grant_movements_amount_not_zero'),
  ...onTable('waiting_postings', 'waiting_postings_two_people'),
]
const GUARD_INDEXES = [
  ...onTable(
    'postings',
    'postings_reseller_id_key_key',
    'postings_reseller_id_reverses_id_key',
    'postings_reseller_id_receipt_key_key',
  ),
  ...onTable(
    'entries',
    'entries_reseller_id_customer_id_account_seq_key',
    'entries_reseller_id_posting_id_account_key',
  ),
  ...onTable('waiting_postings', 'waiting_postings_reseller_id_key_key'),
  ...onTable('login_as_events', 'login_as_events_reseller_id_login_as_id_seq_key'),
]

/** What the triggers' functions do, as the migrations wrote it; read once, since a newer Purser's files may come to lie there. */
const GUARD_FUNCTIONS = JSON.stringify([...triggerFunctions()].map(([name, body]) => ({ name, body })))

const LISTED_RIGHTS = JSON.stringify(
  Object.entries(RIGHTS).map(([table, { insert = false, update = [], delete: remove = false }]) => ({
    table,
    insert,
    update,
    delete: remove,
  })),
)

export interface Guards {
  /** Every trigger that refuses a change of the ledger or the audit log is there and enabled. */
  triggers: boolean
  /** Every constraint and unique index that keeps a wrong row out of the ledger is there and holds. */
  constraints: boolean
  /** The role that the application connects as could not change them either: it owns nothing, and may do no more than RIGHTS names. */
  grants: boolean
}

/**
 * Whether the database guards ledger and audit log by itself, as seen by the role that asks. A few catalog look-ups: each guard on its own
 * table, so that a copy of a table neither counts nor hides one, and each trigger's function as the migrations wrote it.
 */
export async function guardsInPlace(pool: pg.Pool): Promise<Guards> {
  const { rows } = await pool.query<{
    triggers: string
    constraints: string
    indexes: string
    grants: boolean
  }>({
    name: 'guards',
    text: `
      select (select count(*) from jsonb_to_recordset($1) as guard ("table" text, name text)
              join pg_trigger t on t.tgrelid = to_regclass('public.' || guard."table") and t.tgname = guard.name and t.tgenabled in ('O', 'A')
              join pg_proc p on p.oid = t.tgfoid
              join jsonb_to_recordset($5) as written (name text, body text) on written.name = p.proname and written.body = p.prosrc) as triggers,
             (select count(*) from jsonb_to_recordset($3) as guard ("table" text, name text)
              join pg_constraint c on c.conrelid = to_regclass('public.' || guard."table") and c.conname = guard.name and c.convalidated) as constraints,
             (select count(*) from jsonb_to_recordset($4) as guard ("table" text, name text)
              join pg_index i on i.indrelid = to_regclass('public.' || guard."table") and i.indisunique and i.indisvalid
              join pg_class c on c.oid = i.indexrelid and c.relname = guard.name) as indexes,
             not exists (
               select from jsonb_to_recordset($2) as listed ("table" text, "insert" boolean, "update" text[], "delete" boolean)
               join pg_class c on c.oid = to_regclass('public.' || listed."table")
               where pg_has_role(c.relowner, 'MEMBER') or has_table_privilege(c.oid, 'TRUNCATE, TRIGGER, REFERENCES')
                  or has_table_privilege(c.oid, 'INSERT') and not listed."insert" or has_table_privilege(c.oid, 'DELETE') and not listed."delete"
                  or exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                             and a.attname <> all (listed."update") and has_column_privilege(c.oid, a.attnum, 'UPDATE'))
             ) as grants`,
    values: [
      JSON.stringify(GUARD_TRIGGERS),
      LISTED_RIGHTS,
      JSON.stringify(GUARD_CONSTRAINTS),
      JSON.stringify(GUARD_INDEXES),
      GUARD_FUNCTIONS,
    ],
  })
  const [row] = rows
  return {
    triggers: Number(row?.triggers) === GUARD_TRIGGERS.length,
    constraints:
      Number(row?.constraints) === GUARD_CONSTRAINTS.length && Number(row?.indexes) === GUARD_INDEXES.length,
    grants: row?.grants ?? false,
  }
}
