-- Posts to a customer's accounts: posting, entries, grants, receipt, event and the customer's new amounts, or nothing at all. Answers with
-- an outcome; what each means to people is in src/ledger/outcomes.ts. `facts` is what src/ledger/codec.ts writes. A posting above the threshold of
-- the person's role is stored in waiting_postings instead, and posted when another person approves it (`approves`).
--
-- Locks the customer, then, for a person with a limit for a day, that person's postings, then the waiting posting. Refuses in this order:
-- 1. a newer version asked it
-- 2. no such customer
-- 3. the key is used, or waits
-- 4. what is to be approved is decided, one's own, not this person's to approve, or was entered by the same hand
-- 5. the person may not post
-- 6. the currency has changed
-- 7. the receipt is posted already
-- 8. by kind: credits have changed or are equal, the grant would be over, the posting cannot be reversed
-- 9. too little available, or too large
-- 10. above the limit of a posting, then of a day
-- 11. it would wait, and the person has not proved lately who they are
CREATE OR REPLACE FUNCTION post_to_ledger(the_reseller text, the_customer text, the_key text, facts jsonb) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  f record;
  k record;
  c record;
  before record;
  waits waiting_postings;
  limits record;
  moves record;
  refusal jsonb;
  size bigint;
  -- The folded form of its receipt, where it brings one that no posting has brought before.
  receipt text;
  -- The sum above which it needs approval; of one that waited, the sum that made it wait.
  approval_above bigint;
  author_salt bytea := random_salt();
  moment timestamptz(3);
  now_in text;
BEGIN
  SELECT * INTO f FROM jsonb_to_record(facts) AS fact (
    v integer, posting_id uuid, entry_ids uuid[], audit_id uuid, spare_ids uuid[], kind posting_kind, fingerprint text,
    amount bigint, target bigint, seen bigint, reverses uuid, grant_id uuid, category credit_category, grant_expires_at timestamptz(3),
    reason posting_reason, comment text, note text, channel channel, reference text, text_salt bytea, text_digest bytea,
    actor_kind actor_kind, actor_id text, actor_name text, for_customer_id text, request_id text, ip inet, user_agent text,
    told_at timestamptz(3), effective_at timestamptz(3), limit_staff_id uuid, currency text, receipt_confirmed boolean,
    lacks_proof boolean, approves uuid, decider_id uuid, decider_name text);

  -- VERSION in src/ledger/codec.ts. What has no number is of version 1.
  IF f.v > 2 THEN RETURN jsonb_build_object('outcome', 'newer'); END IF;
  -- Not STRICT, which would go on to all the other kinds.
  SELECT * INTO k FROM posting_kinds() WHERE kind = f.kind::text;

  SELECT email, balance, credits, balance_seq, credits_seq, overdraft, low_balance_threshold INTO c FROM customers
  WHERE reseller_id = the_reseller AND id = the_customer FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'missing'); END IF;
  IF f.limit_staff_id IS NOT NULL THEN limits := limits_of(the_reseller, f.limit_staff_id, k.permission); END IF;
  IF f.channel IS NOT NULL AND f.reference IS NOT NULL THEN receipt := receipt_folded(f.reference); END IF;

  -- What came before, in one statement: it begins when all that it has to wait for is held.
  SELECT (SELECT max(posted_at) FROM entries WHERE reseller_id = the_reseller AND customer_id = the_customer) AS latest,
         (SELECT id FROM postings WHERE reseller_id = the_reseller AND key = the_key) AS posting,
         EXISTS (SELECT FROM waiting_postings WHERE reseller_id = the_reseller AND key = the_key) AS waits,
         EXISTS (SELECT FROM receipts r WHERE r.reseller_id = the_reseller AND r.channel = f.channel AND r.folded = receipt) AS receipt
    INTO before;
  -- Never before what is posted already, also where the server's clock was set back.
  moment := coalesce(f.told_at, greatest(clock_timestamp(), before.latest));
  IF before.posting IS NOT NULL THEN
    RETURN jsonb_build_object('outcome', 'same_key', 'posting', posting_answer(the_reseller, before.posting));
  END IF;

  IF before.waits THEN
    SELECT * INTO waits FROM waiting_postings WHERE reseller_id = the_reseller AND key = the_key FOR UPDATE;
    IF f.approves IS DISTINCT FROM waits.id THEN
      RETURN jsonb_build_object('outcome', 'waits', 'fresh', false, 'waiting', waits.id, 'state', waits.state, 'fingerprint', waits.fingerprint);
    END IF;
  END IF;
  IF f.approves IS NOT NULL THEN
    refusal := why_not_approved(the_reseller, waits.state, waits.expires_at, waits.maker_id, f.decider_id, moment);
    IF refusal IS NOT NULL THEN RETURN refusal; END IF;
  END IF;
  IF f.limit_staff_id IS NOT NULL THEN
    IF limits.may_post IS NOT TRUE THEN RETURN jsonb_build_object('outcome', 'may_not_post'); END IF;
  END IF;

  -- Until a customer's first entry the currency in which the sum was entered may have been changed; changing it locks the reseller's row.
  IF c.balance_seq = 0 AND c.credits_seq = 0 THEN
    SELECT currency INTO STRICT now_in FROM resellers WHERE id = the_reseller FOR KEY SHARE;
    IF now_in <> f.currency THEN RETURN jsonb_build_object('outcome', 'currency_changed', 'currency', now_in); END IF;
  END IF;

  IF before.receipt THEN
    -- On approval only a duplicate counts as confirmed that was one when it was entered, and so is seen by the second person.
    IF (f.approves IS NULL AND f.receipt_confirmed IS NOT TRUE) OR (f.approves IS NOT NULL AND waits.receipt_key IS NOT NULL) THEN
      RETURN same_receipt(the_reseller, f.channel, receipt);
    END IF;
    receipt := NULL;
  END IF;

  -- The customer is held, so that the credits are what they were but for what expires here.
  IF c.credits > 0 AND 'CREDITS' = ANY (k.accounts) THEN
    c.credits := c.credits - expire_grants(the_reseller, the_customer, moment, f.spare_ids[1:3]);
  END IF;
  moves := movement_of(the_reseller, the_customer, f.kind, f.amount, f.target, f.seen, f.reverses, f.grant_expires_at, c.credits, moment);
  refusal := coalesce(moves.refusal, why_not_moved(f.kind, moves.balance, moves.credits, c.balance, c.credits, c.overdraft));
  IF refusal IS NOT NULL THEN RETURN refusal; END IF;

  size := abs(moves.balance) + abs(moves.credits);
  IF f.limit_staff_id IS NOT NULL AND k.is_limited THEN
    refusal := above_limits(the_reseller, f.limit_staff_id, size, limits.entry_max, limits.day_max, moment);
    IF refusal IS NOT NULL THEN RETURN refusal; END IF;
    approval_above := CASE WHEN f.approves IS NULL THEN limits.approval_above ELSE coalesce(waits.approval_above, limits.approval_above) END;
    IF size > limits.approval_above AND f.approves IS NULL THEN
      IF f.lacks_proof THEN RETURN jsonb_build_object('outcome', 'proof_needed'); END IF;
      RETURN let_wait(the_reseller, the_customer, the_key, facts, receipt, size, limits.email, approval_above, moment);
    END IF;
  END IF;

  INSERT INTO postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, comment, note, channel, reference, receipt_digest, text_salt, text_digest,
                        actor_kind, actor_id, actor_name, author_salt, author_digest, for_customer_id, request_id, ip, reverses_id, limit_staff_id,
                        approval_above, approval_id, approver_id, posted_at, effective_at)
  VALUES (the_reseller, f.posting_id, the_customer, f.kind, the_key, f.fingerprint, f.reason, f.comment, f.note, f.channel, f.reference,
          sha256(f.text_salt || convert_to(receipt, 'UTF8')), f.text_salt, f.text_digest,
          f.actor_kind, f.actor_id, f.actor_name, author_salt, sha256(author_salt || convert_to(f.actor_name, 'UTF8')), f.for_customer_id, f.request_id, f.ip,
          f.reverses, f.limit_staff_id, approval_above, f.approves, CASE WHEN f.approves IS NOT NULL THEN f.decider_id END, moment,
          coalesce(f.effective_at, moment));
  IF receipt IS NOT NULL THEN
    INSERT INTO receipts (reseller_id, channel, folded, posting_id) VALUES (the_reseller, f.channel, receipt, f.posting_id);
  END IF;
  IF moves.credits <> 0 THEN
    PERFORM move_credits(the_reseller, the_customer, f.posting_id, k.moves, moves.credits, f.entry_ids[1], f.grant_id, f.category, f.grant_expires_at,
                         f.reverses, moment);
  END IF;
  IF moves.balance <> 0 THEN
    PERFORM add_entry(the_reseller, f.posting_id, f.entry_ids[2], 'BALANCE', moves.balance, -c.overdraft);
    IF moves.balance < 0 THEN
      PERFORM note_low_balance(the_reseller, the_customer, f.posting_id, c.balance, c.balance + moves.balance, c.low_balance_threshold, moment);
    END IF;
  END IF;
  -- From so many entries on, adding them up takes longer than a page may.
  IF c.balance_seq + c.credits_seq >= 1000 AND NOT add_to_moved_sums(the_reseller, the_customer, f.kind, moves.balance + moves.credits, moment) THEN
    PERFORM keep_moved_sums(the_reseller, the_customer, f.posting_id);
  END IF;
  INSERT INTO audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip, user_agent)
  VALUES (the_reseller, f.audit_id, moment, k.event, f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, the_customer,
          posting_details(f.posting_id, f.reason, f.reverses, moves.reversed_kind, f.decider_name, moves.balance, moves.credits, c.balance, c.credits),
          f.request_id, f.ip, f.user_agent);

  IF f.approves IS NOT NULL THEN PERFORM approve_waiting(the_reseller, the_customer, facts, size, moment); END IF;
  -- What a reversal gave back to a grant whose time is over expires again at once.
  IF k.moves = 'reversed' THEN PERFORM expire_grants(the_reseller, the_customer, moment, f.spare_ids[4:6]); END IF;
  RETURN jsonb_build_object('outcome', 'posted', 'posting', posting_answer(the_reseller, f.posting_id));
END
$$;

REVOKE ALL ON FUNCTION post_to_ledger(text, text, text, jsonb) FROM PUBLIC;
