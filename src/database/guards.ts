import type pg from 'pg'

/** The tables to which rows are only added, and the triggers that see to it. */
export const APPEND_ONLY_TABLES = [
  'postings',
  'entries',
  'grant_movements',
  'audit_rows',
  'login_as_events',
] as const
const GUARD_TRIGGERS = [...APPEND_ONLY_TABLES, 'credit_grants', 'waiting_postings'].flatMap((table) => [
  `${table}_append_only`,
  `${table}_no_truncate`,
])

/** What the database refuses by itself about money, by the names of its constraints and unique indexes. */
const GUARD_CONSTRAINTS = [
  'postings_key_form',
  'postings_comment_required',
  'postings_receipt_named',
  'postings_digests',
  'postings_reason_given',
  'postings_reversal_names',
  'entries_sum',
  'entries_floor',
  'entries_amount_not_zero',
  'entries_seq_positive',
  'entries_hash_length',
  'customers_balance_chain',
  'customers_credits_chain',
  'customers_overdraft_not_negative',
  'credit_grants_amount_positive',
  'credit_grants_remaining_range',
  'grant_movements_amount_not_zero',
  'waiting_postings_two_people',
]
const GUARD_INDEXES = [
  'postings_reseller_id_key_key',
  'postings_reseller_id_reverses_id_key',
  'postings_reseller_id_receipt_key_key',
  'entries_reseller_id_customer_id_account_seq_key',
  'entries_reseller_id_posting_id_account_key',
  'waiting_postings_reseller_id_key_key',
]

export interface Guards {
  /** Every trigger that refuses a change of the ledger or the audit log is there and enabled. */
  triggers: boolean
  /** Every constraint and unique index that keeps a wrong row out of the ledger is there and holds. */
  constraints: boolean
  /** The role that the application connects as could not change them either: it owns nothing and has no such grant. */
  grants: boolean
}

/** Whether the database guards ledger and audit log by itself, as seen by the role that asks. A few catalog look-ups. */
export async function guardsInPlace(pool: pg.Pool): Promise<Guards> {
  const { rows } = await pool.query<{
    triggers: string
    constraints: string
    indexes: string
    grants: boolean
  }>({
    name: 'guards',
    text: `
      select (select count(*) from pg_trigger where tgname = any($1) and tgenabled in ('O', 'A')) as triggers,
             (select count(*) from pg_constraint where conname = any($3) and convalidated) as constraints,
             (select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid
              where c.relname = any($4) and i.indisunique and i.indisvalid) as indexes,
             not exists (
               select from unnest($2::text[]) as guarded
               where has_table_privilege(guarded, 'UPDATE') or has_table_privilege(guarded, 'DELETE')
                  or has_table_privilege(guarded, 'TRUNCATE')
                  or pg_has_role((select relowner from pg_class where oid = guarded::regclass), 'MEMBER')
             ) as grants`,
    values: [GUARD_TRIGGERS, APPEND_ONLY_TABLES, GUARD_CONSTRAINTS, GUARD_INDEXES],
  })
  const [row] = rows
  return {
    triggers: Number(row?.triggers) === GUARD_TRIGGERS.length,
    constraints:
      Number(row?.constraints) === GUARD_CONSTRAINTS.length && Number(row?.indexes) === GUARD_INDEXES.length,
    grants: row?.grants ?? false,
  }
}
