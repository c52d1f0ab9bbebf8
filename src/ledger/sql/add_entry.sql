-- Adds one entry to an account whose customer is locked by the caller, and moves the account on the customer's row. The hash is
-- SHA-256 over the previous entry's and a line of facts, whose first one is its version: 2 from here on (see chain_marks). Texts about
-- people stand in it as their salted digest, so that they can be erased later; the author's name has a salt of its own, to be erased by
-- itself. The key, which a script may choose, stands behind its length, so that no two lines of different facts are the same.
CREATE OR REPLACE FUNCTION add_entry(the_reseller text, the_posting uuid, the_id uuid, the_account account, the_amount bigint, the_floor bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  added record;
BEGIN
  INSERT INTO entries (reseller_id, id, posting_id, customer_id, account, seq, amount, before, after, floor, posted_at, hash)
  SELECT p.reseller_id, the_id, p.id, p.customer_id, the_account, state.seq, the_amount, state.before, state.before + the_amount, the_floor, p.posted_at,
    sha256(coalesce(state.hash, ''::bytea) || convert_to(concat_ws('|',
      'v2', p.reseller_id, p.customer_id, the_account, state.seq, p.id, p.kind, the_amount, state.before, state.before + the_amount, the_floor,
      octet_length(p.key), p.key, p.fingerprint, coalesce(p.reason::text, ''), coalesce(p.channel::text, ''), encode(p.text_digest, 'hex'), p.actor_kind,
      coalesce(p.actor_id, ''), coalesce(p.for_customer_id, ''), coalesce(p.reverses_id::text, ''),
      (extract(epoch from p.posted_at) * 1000)::bigint, (extract(epoch from p.effective_at) * 1000)::bigint,
      encode(p.author_digest, 'hex'), coalesce(p.limit_staff_id::text, ''), coalesce(encode(p.receipt_digest, 'hex'), ''),
      coalesce(p.approval_above::text, ''), coalesce(p.approval_id::text, ''), coalesce(p.approver_id::text, ''),
      coalesce(granted.category::text, ''), coalesce((extract(epoch from granted.expires_at) * 1000)::bigint::text, '')
    ), 'UTF8'))
  FROM postings p
  JOIN customers c ON c.reseller_id = the_reseller AND c.id = p.customer_id
  CROSS JOIN LATERAL (
    SELECT CASE the_account WHEN 'BALANCE' THEN c.balance ELSE c.credits END AS before,
           CASE the_account WHEN 'BALANCE' THEN c.balance_seq ELSE c.credits_seq END + 1 AS seq,
           CASE the_account WHEN 'BALANCE' THEN c.balance_hash ELSE c.credits_hash END AS hash) AS state
  -- At most one: what the posting granted stands there before its entry does.
  LEFT JOIN credit_grants granted ON the_account = 'CREDITS' AND granted.reseller_id = the_reseller AND granted.posting_id = p.id
  WHERE p.reseller_id = the_reseller AND p.id = the_posting
  RETURNING customer_id, after, seq, hash INTO STRICT added;
  IF the_account = 'BALANCE' THEN
    UPDATE customers SET balance = added.after, balance_seq = added.seq, balance_hash = added.hash WHERE reseller_id = the_reseller AND id = added.customer_id;
  ELSE
    UPDATE customers SET credits = added.after, credits_seq = added.seq, credits_hash = added.hash WHERE reseller_id = the_reseller AND id = added.customer_id;
  END IF;
END
$$;
