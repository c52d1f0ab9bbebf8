/** What the application's role may do with the rows of one table, beside reading them. */
export interface TableRights {
  insert?: true
  /** The columns that may change; what is not named stays as it was inserted. A row lock (FOR UPDATE, FOR SHARE) needs one of them. */
  update?: readonly string[]
  delete?: true
  /** The columns that it writes and cannot read; see UNREAD_FIELDS. A function gives those of one person: see must_be_asked_alone(). */
  unread?: readonly string[]
}

/** Rows are added and never change. */
const ADDED = { insert: true } as const satisfies TableRights

/**
 * Every table of Purser's own, and what the application's role may do with it: as little as possible. The database refuses everything
 * else, also to someone who has taken the application over. New tables, and new columns that can change, must be listed here. The job
 * queue has its own schema (see grants.ts).
 *
 * Money is written by the ledger's functions (OWNERS_FUNCTIONS), which run as the owner of the tables. The application can call them,
 * but cannot itself write a posting, entry, grant or balance, or approve anything.
 */
export const RIGHTS: Readonly<Record<string, TableRights>> = {
  // The owner's: the application reads it to know whether it may serve.
  _prisma_migrations: {},
  access_given: ADDED,
  audit_rows: ADDED,
  billing_profiles: {
    insert: true,
    update: [
      ...['kind', 'legal_name', 'company_name', 'tax_id', 'billing_email', 'version', 'updated_at'],
      ...['address_line1', 'address_line2', 'city', 'region', 'postal_code', 'country'],
    ],
  },
  chain_marks: {},
  credit_grants: {},
  // Written by triggers, and by the ledger.
  customer_amounts: {},
  customer_list_rows: {},
  // Written by triggers, in the name of the one who changes the customer, and by the job that follows a tag.
  customer_search: { insert: true, update: ['words', 'email', 'registered_at', 'state', 'type'] },
  customer_tags: { insert: true, update: ['tag_id', 'registered_at', 'state', 'type'], delete: true },
  customers: {
    insert: true,
    update: [
      ...['email', 'name', 'phone', 'external_reference', 'version', 'email_verified_at', 'team_id'],
      ...['state', 'state_reason', 'state_message', 'state_changed_at', 'last_login_at'],
      ...['password_hash', 'must_change_password', 'password_expires_at'],
      ...['reset_at', 'reset_by', 'reset_proof_email'],
      ...['overdraft', 'low_balance_threshold'],
    ],
    unread: ['password_hash'],
  },
  entries: {},
  // Encrypted again by a start that has another key.
  factor_secrets: { insert: true, delete: true, unread: ['sealed'] },
  factors: { insert: true, update: ['name', 'last_used_at', 'last_step', 'trusted_from'], delete: true },
  // The owner's: what each start has applied.
  function_sets: {},
  grant_movements: {},
  // Key and address are noted by each start, as the owner.
  installation: { update: ['is_demo', 'factors_in_use'] },
  invites: { insert: true, update: ['uses', 'generation', 'expires_at', 'revoked_at'] },
  ledger_checks: { insert: true, update: ['finished_at', 'entries', 'broken'] },
  limit_raises: {
    insert: true,
    update: ['state', 'decider_id', 'decider_name', 'decided_at', 'comment'],
  },
  login_as: { insert: true, update: ['entered_at', 'last_seen_at', 'requests', 'ended_at', 'ended_by'] },
  login_as_events: { insert: true, update: ['status', 'ended_at'] },
  // Noted by a login, mailed and taken away.
  login_notices: { insert: true, delete: true },
  low_balance_alerts: { update: ['mailed_at'] },
  mails: { insert: true, update: ['state', 'attempts', 'last_error', 'sent_at'] },
  // Written by the ledger.
  moved_sums: {},
  one_time_links: { insert: true, update: ['used_at', 'revoked_at', 'shown_at', 'shown_to'] },
  // Generating again takes the place of what was generated before.
  password_candidates: {
    insert: true,
    update: ['id', 'password_hash', 'created_at', 'expires_at'],
    delete: true,
    unread: ['password_hash'],
  },
  passkeys: { insert: true, delete: true },
  postings: {},
  receipts: {},
  recovery_codes: { insert: true, update: ['used_at'], delete: true, unread: ['hash'] },
  // Counted, told and taken away.
  refused_requests: { insert: true, update: ['count', 'author'], delete: true },
  resellers: {
    insert: true,
    update: [
      ...['name', 'address', 'support_email', 'time_zone', 'locale', 'currency', 'currency_scale'],
      ...[
        'sends_mail',
        'low_balance_threshold',
        'low_balance_to_customer',
        'low_balance_to_staff',
        'version',
      ],
      ...['staff_idle_minutes_max', 'staff_absolute_hours_max'],
      ...['customer_idle_minutes_max', 'customer_absolute_hours_max'],
      ...['factors_required_at', 'factors_date_moved'],
      ...['customer_factors', 'customer_factors_required_at', 'customer_factors_in_use'],
    ],
  },
  roles: { insert: true, update: ['entry_max', 'day_max', 'approval_above', 'requires_factor'] },
  sessions: { insert: true, update: ['last_seen_at', 'proved_at', 'ended_at'], delete: true },
  staff: {
    insert: true,
    update: ['role_id', 'state', 'state_reason', 'state_changed_at', 'password_hash', 'last_login_at'],
    unread: ['password_hash'],
  },
  staff_addresses: ADDED,
  tags: { insert: true, update: ['name', 'key', 'colour'], delete: true },
  teams: { insert: true, update: ['name', 'type', 'owner_customer_id'] },
  throttles: { insert: true, update: ['points', 'expire'], delete: true },
  waiting_postings: {
    update: ['state', 'decider_id', 'decider_name', 'decided_at', 'comment', 'announced_at', 'told_at'],
  },
}

/** What is `unread`, by Prisma's names: left out wherever whole rows are read. */
export const UNREAD_FIELDS = {
  customer: { passwordHash: true },
  factorSecret: { sealed: true },
  passwordCandidate: { passwordHash: true },
  recoveryCode: { hash: true },
  staff: { passwordHash: true },
} as const

/** The functions that the application may call and that then work as the owner: nobody else on the server may. */
export const OWNERS_FUNCTIONS = [
  'post_to_ledger(text, text, text, jsonb)',
  'expire_credits(text, text, uuid[], timestamptz)',
  'customer_login_of(text, text)',
  'factor_secrets_of(text, uuid)',
  'factor_secrets_of_customer(text, text)',
  'generated_password_of(text, text, uuid)',
  'recovery_codes_of(text, uuid)',
  'recovery_codes_of_customer(text, text)',
  'staff_login_of(text, text)',
] as const
