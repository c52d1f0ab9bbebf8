/** Nothing is booked that would lift an account above this; minor units. Far above any business, far below a bigint's end. */
const ACCOUNT_MAX = 100_000_000_000_000_000n

const columns = { BALANCE: 'balance', CREDITS: 'credits' } as const

/**
 * A posting as one SQL statement, so that it costs one round trip and there is no moment at which half of it is there.
 *
 * It locks the customer's row first (for no key update: rows that name the customer may still be added meanwhile). Everything else in
 * the statement sees the database as it was when the statement began, so a key or receipt that was booked while it waited for the
 * lock is not seen here but refused by a unique constraint (23505); the caller runs it again and then finds it. Where it books
 * nothing, because that very booking has used up what it would take, the caller looks for the key once more.
 *
 * The hash of an entry is SHA-256 over the previous entry's hash and a line of facts, whose first one is its version. Texts that
 * people write stand in it as their salted digest, so that they can be erased later.
 *
 * $1 reseller, $2 customer, $3 idempotency key, $4 receipt key or null, $5 all other facts as a JSON object.
 */
function postingStatement(account: keyof typeof columns) {
  const column = columns[account]
  return `
with customer as (
  select ${column} as before, ${column}_seq as seq, ${column}_hash as hash
  from customers where reseller_id = $1 and id = $2 for no key update
),
facts as (
  select * from jsonb_to_record($5::jsonb) as fact (
    posting_id uuid, entry_id uuid, audit_id uuid, kind posting_kind, deed text, fingerprint text,
    amount bigint, target bigint, seen bigint, floor bigint,
    reason posting_reason, comment text, note text, channel channel, reference text, text_salt bytea, text_digest bytea,
    actor_kind actor_kind, actor_id text, actor_name text, for_customer_id text, request_id text, ip inet,
    told_at timestamptz(3), effective_at timestamptz(3))
),
same_key as (${postingOfKey(account, '$3')}),
same_receipt as (
  select p.id, p.customer_id from postings p where p.reseller_id = $1 and p.receipt_key = $4
),
wanted as (
  select customer.before, customer.seq, customer.hash,
         case when facts.target is null then facts.amount else facts.target - customer.before end as amount,
         coalesce(facts.told_at, clock_timestamp()::timestamptz(3)) as at
  from customer, facts
  where facts.seen is null or facts.seen = customer.before
),
plan as (
  select facts.*, wanted.before, wanted.seq + 1 as next_seq, wanted.hash as previous_hash, wanted.amount as moves,
         wanted.before + wanted.amount as after, wanted.at, coalesce(facts.effective_at, wanted.at) as effective
  from wanted, facts
  where wanted.amount <> 0
    and (wanted.amount > 0 or wanted.before + wanted.amount >= facts.floor)
    and wanted.before + wanted.amount <= ${ACCOUNT_MAX}
    and not exists (select from same_key)
    and not exists (select from same_receipt)
),
posting as (
  insert into postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, comment, note, channel, reference, receipt_key,
                        text_salt, text_digest, actor_kind, actor_id, actor_name, for_customer_id, request_id, ip, posted_at, effective_at)
  select $1, posting_id, $2, kind, $3, fingerprint, reason, comment, note, channel, reference, $4,
         text_salt, text_digest, actor_kind, actor_id, actor_name, for_customer_id, request_id, ip, at, effective
  from plan
),
entry as (
  insert into entries (reseller_id, id, posting_id, customer_id, account, seq, amount, before, after, floor, posted_at, hash)
  select $1, entry_id, posting_id, $2, '${account}', next_seq, moves, before, after, floor, at,
         sha256(coalesce(previous_hash, ''::bytea) || convert_to(concat_ws('|',
           'v1', $1::text, $2::text, '${account}', next_seq, posting_id, kind, moves, before, after, floor, $3::text, fingerprint,
           reason, coalesce(channel::text, ''), encode(text_digest, 'hex'), actor_kind, coalesce(actor_id, ''),
           coalesce(for_customer_id, ''), '', (extract(epoch from at) * 1000)::bigint, (extract(epoch from effective) * 1000)::bigint
         ), 'UTF8'))
  from plan
  returning seq, amount, before, after, hash
),
audited as (
  insert into audit_rows (reseller_id, id, at, deed, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip)
  select $1, audit_id, at, deed, actor_kind, actor_id, actor_name, for_customer_id, $2,
         jsonb_build_object('account', '${account}', 'amount', moves::text, 'before', before::text, 'after', after::text,
                            'reason', reason, 'posting', posting_id), request_id, ip
  from plan
),
moved as (
  update customers set ${column} = entry.after, ${column}_seq = entry.seq, ${column}_hash = entry.hash
  from entry where customers.reseller_id = $1 and customers.id = $2
)
select (select before::text from customer) as now,
       (select jsonb_build_object('amount', amount::text, 'before', before::text, 'after', after::text) from entry) as entry,
       (select to_jsonb(same_key) from same_key) as same_key,
       (select to_jsonb(same_receipt) from same_receipt) as same_receipt`
}

/** What was booked under a key, with this account's entry; none where the key belongs to the other account. */
const postingOfKey = (account: keyof typeof columns, key: '$2' | '$3') => `
  select p.id, p.fingerprint, e.amount::text, e.before::text, e.after::text
  from postings p
  left join entries e on e.reseller_id = p.reseller_id and e.posting_id = p.id and e.account = '${account}'
  where p.reseller_id = $1 and p.key = ${key}`

export const POSTING_STATEMENTS = {
  BALANCE: postingStatement('BALANCE'),
  CREDITS: postingStatement('CREDITS'),
}

/** $1 reseller, $2 idempotency key. */
export const SAME_KEY_STATEMENTS = {
  BALANCE: postingOfKey('BALANCE', '$2'),
  CREDITS: postingOfKey('CREDITS', '$2'),
}
