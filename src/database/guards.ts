import { DIGEST, FUNCTIONS } from './functions.ts'
import type { Queries } from './migration-history.ts'
import { OWNERS_FUNCTIONS, RIGHTS } from './rights.ts'

/** The tables to which rows are only added, and the triggers that see to it. */
const APPEND_ONLY_TABLES = [
  'postings',
  'entries',
  'grant_movements',
  'audit_rows',
  'login_as',
  'login_as_events',
  'receipts',
  'chain_marks',
  'access_given',
] as const
/** What a trigger fires upon, in the bits of pg_trigger.tgtype: before each row that is changed or removed; before the table is emptied. */
const BEFORE_CHANGE = 27
const BEFORE_TRUNCATE = 34

const GUARD_TRIGGERS = [...APPEND_ONLY_TABLES, 'credit_grants', 'waiting_postings'].flatMap((table) => [
  { table, name: `${table}_append_only`, type: BEFORE_CHANGE },
  { table, name: `${table}_no_truncate`, type: BEFORE_TRUNCATE },
])

/**
 * What the database refuses by itself about money and logins as customers: by table, each constraint's name and what it demands, as
 * PostgreSQL writes it.
 */
const CHECKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  postings: {
    postings_key_form: `length(key) >= 8 AND length(key) <= 128`,
    postings_comment_required: `comment <> '' OR reason <> 'other' AND kind <> 'deduction'`,
    postings_receipt_named: `reason <> 'payment_received' OR channel IS NOT NULL AND reference IS NOT NULL`,
    postings_digests: `length(text_salt) = 16 AND length(text_digest) = 32`,
    postings_reason_given: `reason IS NOT NULL OR kind = ANY (ARRAY['charge', 'expiry'])`,
    postings_reversal_names: `(kind = 'reversal') = (reverses_id IS NOT NULL)`,
    postings_author_digest: `length(author_salt) = 16 AND length(author_digest) = 32`,
    postings_receipt_digest: `length(receipt_digest) = 32`,
    postings_approved_by_another: `(approval_id IS NULL) = (approver_id IS NULL) AND approver_id <> limit_staff_id`,
  },
  entries: {
    entries_sum: `after = before + amount`,
    entries_floor: `amount > 0 OR after >= floor`,
    entries_amount_not_zero: `amount <> 0`,
    entries_seq_positive: `seq > 0`,
    entries_hash_length: `length(hash) = 32`,
  },
  customers: {
    customers_balance_chain: `(balance_seq = 0) = (balance_hash IS NULL) AND (balance_seq > 0 OR balance = 0)`,
    customers_credits_chain: `(credits_seq = 0) = (credits_hash IS NULL) AND (credits_seq > 0 OR credits = 0)`,
    customers_overdraft_not_negative: `overdraft >= 0`,
  },
  credit_grants: {
    credit_grants_amount_positive: `amount > 0`,
    credit_grants_remaining_range: `remaining >= 0 AND remaining <= amount`,
  },
  grant_movements: { grant_movements_amount_not_zero: `amount <> 0` },
  waiting_postings: {
    waiting_postings_two_people: `decider_id <> maker_id OR state = 'rejected'`,
    waiting_postings_decided: `(state = ANY (ARRAY['approved', 'rejected'])) = (decider_id IS NOT NULL) AND (state = 'approved') = (posting_id IS NOT NULL)`,
  },
  limit_raises: {
    limit_raises_two_people: `decider_id <> asker_id OR state = 'withdrawn'`,
    limit_raises_decided: `(state = ANY (ARRAY['approved', 'rejected', 'withdrawn'])) = (decider_id IS NOT NULL)`,
  },
  login_as: {
    login_as_end_has_reason: `(ended_at IS NULL) = (ended_by IS NULL)`,
    login_as_half_hour: `expires_at <= created_at + '00:30:01'`,
  },
  login_as_events: { login_as_events_end_has_status: `ended_at IS NULL OR status IS NOT NULL` },
}

/** Compared without blanks, brackets and types, of which one PostgreSQL writes more than another. */
const GUARD_CONSTRAINTS = Object.entries(CHECKS).flatMap(([table, checks]) =>
  Object.entries(checks).map(([name, demands]) => ({
    table,
    name,
    demands: `CHECK${demands.replaceAll(/[()\s]/g, '')}`,
  })),
)

const unique = (table: string, columns: string, name = `${table}_${columns.replaceAll(',', '_')}_key`) => ({
  table,
  name,
  columns,
})

/** The unique indexes, each with its columns. */
const GUARD_INDEXES = [
  unique('postings', 'reseller_id,key'),
  unique('postings', 'reseller_id,reverses_id'),
  unique('receipts', 'reseller_id,channel,folded', 'receipts_pkey'),
  unique('receipts', 'reseller_id,posting_id'),
  unique('credit_grants', 'reseller_id,posting_id'),
  unique('entries', 'reseller_id,customer_id,account,seq'),
  unique('entries', 'reseller_id,posting_id,account'),
  unique('waiting_postings', 'reseller_id,key'),
  unique('login_as', 'reseller_id,code_hash'),
  unique('login_as_events', 'reseller_id,login_as_id,seq'),
]

const WRITTEN_FUNCTIONS = JSON.stringify(
  Object.entries(FUNCTIONS.digests).map(([name, digest]) => ({ name, digest })),
)

const LISTED_RIGHTS = JSON.stringify(
  Object.entries(RIGHTS).map(
    ([table, { insert = false, update = [], delete: remove = false, unread = [] }]) => ({
      table,
      insert,
      update,
      delete: remove,
      unread,
    }),
  ),
)

export interface Guards {
  /** The names of the database's functions that are missing, or not as the files of this Purser have them. */
  alteredFunctions: string[]
  /** Every trigger that refuses a change of the ledger, the audit log or the logins as customers is there and enabled. */
  triggers: boolean
  /** Every constraint and unique index that keeps a wrong row out of the ledger and the logins as customers is there and holds. */
  constraints: boolean
  /** The role that the application connects as could not change them either: it owns nothing, and may do no more than RIGHTS names; nor may others call the functions that work as the owner. */
  grants: boolean
}

/**
 * Whether the database guards ledger and audit log by itself, as seen by the role that asks. A few catalog look-ups: each guard on its own
 * table, so that a copy of a table neither counts nor hides one, with what it demands, and each function as its file has it.
 */
export async function guardsInPlace(database: Queries): Promise<Guards> {
  const { rows } = await database.query<{
    altered: string[]
    triggers: string
    constraints: string
    indexes: string
    grants: boolean
  }>({
    name: 'guards',
    text: `
      with written as (select * from jsonb_to_recordset($5) as written (name text, digest text)),
           found as materialized (
             select p.oid, p.proname as name, ${DIGEST} as digest from pg_proc p join pg_language l on l.oid = p.prolang
             where p.pronamespace = 'public'::regnamespace and p.proname in (select name from written))
      select array(select name from written
                   where (select array_agg(digest) from found where found.name = written.name) is distinct from array[digest] order by name) as altered,
             (select count(*) from jsonb_to_recordset($1) as guard ("table" text, name text, type int)
              join pg_trigger t on t.tgrelid = to_regclass('public.' || guard."table") and t.tgname = guard.name and t.tgenabled in ('O', 'A')
                and t.tgtype = guard.type and t.tgqual is null and cardinality(t.tgattr::int2[]) = 0
              join found on found.oid = t.tgfoid
              join written on written.name = found.name and written.digest = found.digest) as triggers,
             (select count(*) from jsonb_to_recordset($3) as guard ("table" text, name text, demands text)
              join pg_constraint c on c.conrelid = to_regclass('public.' || guard."table") and c.conname = guard.name and c.convalidated
                and regexp_replace(pg_get_constraintdef(c.oid), '::\\w+(\\[\\])?|[()[:space:]]', '', 'g') = guard.demands) as constraints,
             (select count(*) from jsonb_to_recordset($4) as guard ("table" text, name text, columns text)
              join pg_index i on i.indrelid = to_regclass('public.' || guard."table") and i.indisunique and i.indisvalid
                and i.indpred is null and i.indexprs is null
              join pg_class c on c.oid = i.indexrelid and c.relname = guard.name
              where guard.columns = (select string_agg(a.attname, ',' order by k.place) from unnest(i.indkey::int2[]) with ordinality k (number, place)
                                     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number)) as indexes,
             not exists (
               select from jsonb_to_recordset($2) as listed ("table" text, "insert" boolean, "update" text[], "delete" boolean, unread text[])
               join pg_class c on c.oid = to_regclass('public.' || listed."table")
               where pg_has_role(c.relowner, 'MEMBER') or has_table_privilege(c.oid, 'TRUNCATE, TRIGGER, REFERENCES')
                  or has_table_privilege(c.oid, 'INSERT') and not listed."insert" or has_table_privilege(c.oid, 'DELETE') and not listed."delete"
                  or exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                             and (a.attname <> all (listed."update") and has_column_privilege(c.oid, a.attnum, 'UPDATE')
                               or a.attname = any (listed.unread) and has_column_privilege(c.oid, a.attnum, 'SELECT')))
             ) and not exists (
               select from unnest($6::text[]) as owners (name)
               join pg_proc p on p.oid = to_regprocedure('public.' || owners.name)
               cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl where acl.grantee = 0
             ) as grants`,
    values: [
      JSON.stringify(GUARD_TRIGGERS),
      LISTED_RIGHTS,
      JSON.stringify(GUARD_CONSTRAINTS),
      JSON.stringify(GUARD_INDEXES),
      WRITTEN_FUNCTIONS,
      OWNERS_FUNCTIONS,
    ],
  })
  const [row] = rows
  return {
    alteredFunctions: row?.altered ?? Object.keys(FUNCTIONS.digests),
    triggers: Number(row?.triggers) === GUARD_TRIGGERS.length,
    constraints:
      Number(row?.constraints) === GUARD_CONSTRAINTS.length && Number(row?.indexes) === GUARD_INDEXES.length,
    grants: row?.grants ?? false,
  }
}
