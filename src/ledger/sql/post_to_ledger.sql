-- Posts to a customer's accounts: posting, entries, grants, receipt, event and the customer's new amounts, or nothing at all. Answers with
-- an outcome; what each means to people is in src/ledger/answer.ts. `facts` is what src/ledger/post.ts asks. A posting above the threshold of
-- the person's role is stored in waiting_postings instead, and posted when another person approves it (`approves`).
--
-- Locks the customer, then, for a person with a limit for a day, that person's postings, then the waiting posting. Refuses in this order:
-- no such customer; the key is used or waits; what is to be approved is decided, one's own, or not this person's to approve; the person may
-- not post; the currency has changed; the receipt is posted already; then by kind (credits have changed or are equal, the grant would be
-- over, the posting cannot be reversed); too little available; too large; above the limit of a posting, then of a day.
CREATE OR REPLACE FUNCTION post_to_ledger(the_reseller text, the_customer text, the_key text, facts jsonb) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  -- Nothing is booked that would lift an account above this; minor units. Far above any business, far below a bigint's end.
  account_max CONSTANT bigint := 100000000000000000;
  f record;
  limits record;
  c "customers";
  p "postings";
  first "postings";
  reversed "postings";
  waits "waiting_postings";
  e record;
  moves_balance bigint := 0;
  moves_credits bigint := 0;
  size bigint;
  spent bigint;
  threshold bigint;
  -- The folded form of its receipt, where it brings one that no posting has brought before.
  receipt text;
  -- Above what it has to be approved; of one that waited, what made it wait.
  approval_above bigint;
  author_salt bytea := random_salt();
  moment timestamptz(3);
  now_in text;
BEGIN
  SELECT * INTO f FROM jsonb_to_record(facts) AS fact (
    posting_id uuid, entry_ids uuid[], audit_id uuid, spare_ids uuid[], kind posting_kind, deed text, fingerprint text,
    amount bigint, target bigint, seen bigint, reverses uuid, grant_id uuid, category credit_category, grant_expires_at timestamptz(3),
    reason posting_reason, comment text, note text, channel channel, reference text, text_salt bytea, text_digest bytea,
    actor_kind actor_kind, actor_id text, actor_name text, for_customer_id text, request_id text, ip inet, user_agent text,
    told_at timestamptz(3), effective_at timestamptz(3), limit_staff_id uuid, currency text, receipt_confirmed boolean,
    waiting_id uuid, approves uuid, decider_id uuid, decider_name text, decision text, decider_request_id text, decider_ip inet,
    decider_user_agent text);

  SELECT * INTO c FROM customers WHERE reseller_id = the_reseller AND id = the_customer FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'missing'); END IF;
  -- Never before what is booked already, also where the server's clock was set back.
  moment := coalesce(f.told_at, greatest(clock_timestamp(), (
    SELECT max(posted_at) FROM entries WHERE reseller_id = the_reseller AND customer_id = the_customer)));

  IF f.limit_staff_id IS NOT NULL THEN
    FOR round IN 1..2 LOOP
      SELECT r.entry_max, r.day_max, r.approval_above, s.state = 'ON' AND 'money.post' = ANY (r.permissions) AS may_post, s.email INTO limits
      FROM staff s JOIN roles r ON r.reseller_id = s.reseller_id AND r.id = s.role_id
      WHERE s.reseller_id = the_reseller AND s.id = f.limit_staff_id;
      EXIT WHEN limits.day_max IS NULL OR round = 2;
      -- One person's postings are added up one after the other; those of others, and of people without such a limit, do not wait. Whoever has
      -- waited asks again what this person may. Nothing is locked after this, so nobody can wait in a circle.
      PERFORM pg_advisory_xact_lock(hashtextextended('day limit ' || f.limit_staff_id, 0));
    END LOOP;
  END IF;

  SELECT * INTO first FROM postings WHERE reseller_id = the_reseller AND key = the_key;
  IF FOUND THEN RETURN jsonb_build_object('outcome', 'same_key', 'posting', posting_told(first)); END IF;

  SELECT * INTO waits FROM waiting_postings WHERE reseller_id = the_reseller AND key = the_key FOR UPDATE;
  IF FOUND AND f.approves IS DISTINCT FROM waits.id THEN
    RETURN jsonb_build_object('outcome', 'waits', 'fresh', false, 'waiting', waits.id, 'state', waits.state, 'fingerprint', waits.fingerprint);
  END IF;
  IF f.approves IS NOT NULL AND (waits.id IS NULL OR waits.state <> 'waiting' OR waits.expires_at <= moment) THEN
    RETURN jsonb_build_object('outcome', 'decided', 'state', CASE WHEN waits.state = 'waiting' THEN 'expired' ELSE waits.state END);
  END IF;
  IF f.approves IS NOT NULL AND f.decider_id = waits.maker_id THEN RETURN jsonb_build_object('outcome', 'own'); END IF;
  IF f.approves IS NOT NULL AND NOT EXISTS (
    SELECT FROM staff s JOIN roles r ON r.reseller_id = s.reseller_id AND r.id = s.role_id
    WHERE s.reseller_id = the_reseller AND s.id = f.decider_id AND s.state = 'ON' AND 'money.approve' = ANY (r.permissions)
  ) THEN
    RETURN jsonb_build_object('outcome', 'may_not_approve');
  END IF;
  IF f.limit_staff_id IS NOT NULL THEN
    IF limits.may_post IS NOT TRUE THEN RETURN jsonb_build_object('outcome', 'may_not_post'); END IF;
  END IF;

  -- Until a customer's first entry the currency in which the sum was entered may have been changed; changing it locks the reseller's row.
  IF c.balance_seq = 0 AND c.credits_seq = 0 THEN
    SELECT currency INTO STRICT now_in FROM resellers WHERE id = the_reseller FOR KEY SHARE;
    IF now_in <> f.currency THEN RETURN jsonb_build_object('outcome', 'currency_changed', 'currency', now_in); END IF;
  END IF;

  IF f.channel IS NOT NULL AND f.reference IS NOT NULL THEN
    receipt := receipt_folded(f.reference);
    SELECT o.* INTO first FROM receipts r JOIN postings o ON o.reseller_id = r.reseller_id AND o.id = r.posting_id
    WHERE r.reseller_id = the_reseller AND r.channel = f.channel AND r.folded = receipt;
    IF FOUND THEN
      -- On approval only a duplicate counts as confirmed that was one when it was entered, and so is seen by the second person.
      IF (f.approves IS NULL AND f.receipt_confirmed IS NOT TRUE) OR (f.approves IS NOT NULL AND waits.receipt_key IS NOT NULL) THEN
        RETURN jsonb_build_object('outcome', 'same_receipt', 'duplicate', first.id, 'customer', first.customer_id, 'reference', first.reference,
          'email', (SELECT email FROM customers WHERE reseller_id = the_reseller AND id = first.customer_id));
      END IF;
      receipt := NULL;
    END IF;
  END IF;

  IF f.kind IN ('credits_set', 'charge', 'reversal') AND expire_grants(the_reseller, the_customer, moment, f.spare_ids[1:3]) > 0 THEN
    SELECT * INTO c FROM customers WHERE reseller_id = the_reseller AND id = the_customer;
  END IF;

  CASE f.kind
    WHEN 'refill', 'deduction' THEN
      moves_balance := f.amount;
    WHEN 'credits_set' THEN
      IF f.seen <> c.credits THEN RETURN jsonb_build_object('outcome', 'moved', 'now', c.credits::text); END IF;
      moves_credits := f.target - c.credits;
      IF moves_credits = 0 THEN RETURN jsonb_build_object('outcome', 'same', 'now', c.credits::text); END IF;
      IF moves_credits > 0 AND f.grant_expires_at <= moment THEN RETURN jsonb_build_object('outcome', 'grant_over'); END IF;
    WHEN 'charge' THEN
      moves_credits := -least(c.credits, f.amount);
      moves_balance := -(f.amount + moves_credits);
    WHEN 'reversal' THEN
      SELECT * INTO reversed FROM postings WHERE reseller_id = the_reseller AND id = f.reverses AND customer_id = the_customer;
      IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'missing'); END IF;
      IF reversed.kind IN ('reversal', 'expiry') THEN
        RETURN jsonb_build_object('outcome', 'irreversible', 'kind', reversed.kind);
      END IF;
      SELECT * INTO first FROM postings WHERE reseller_id = the_reseller AND reverses_id = f.reverses;
      IF FOUND THEN RETURN jsonb_build_object('outcome', 'reversed', 'by', first.id); END IF;
      IF grant_has_expired(reversed) THEN RETURN jsonb_build_object('outcome', 'granted_expired'); END IF;
      SELECT coalesce(-sum(amount) FILTER (WHERE account = 'BALANCE'), 0), coalesce(-sum(amount) FILTER (WHERE account = 'CREDITS'), 0)
        INTO moves_balance, moves_credits FROM entries WHERE reseller_id = the_reseller AND posting_id = f.reverses;
  END CASE;

  IF moves_credits < 0 AND c.credits + moves_credits < 0 THEN
    RETURN jsonb_build_object('outcome', 'short', 'account', 'CREDITS', 'available', c.credits::text, 'now', c.credits::text);
  END IF;
  IF moves_balance < 0 AND c.balance + moves_balance < -c.overdraft THEN
    RETURN jsonb_build_object('outcome', 'short', 'account', 'BALANCE', 'now', c.balance::text,
      'available', (greatest(c.balance + c.overdraft, 0) + CASE f.kind WHEN 'charge' THEN c.credits ELSE 0 END)::text);
  END IF;
  IF c.balance + moves_balance > account_max OR c.credits + moves_credits > account_max THEN
    RETURN jsonb_build_object('outcome', 'too_large', 'now', CASE WHEN moves_balance = 0 THEN c.credits ELSE c.balance END::text);
  END IF;

  size := abs(moves_balance) + abs(moves_credits);
  IF f.limit_staff_id IS NOT NULL THEN
    IF size > limits.entry_max THEN
      RETURN jsonb_build_object('outcome', 'above_entry_limit', 'limit', limits.entry_max::text);
    END IF;
    IF limits.day_max IS NOT NULL THEN
      SELECT coalesce(sum(abs(n.amount)), 0) INTO spent
      FROM postings o JOIN entries n ON n.reseller_id = o.reseller_id AND n.posting_id = o.id
      WHERE o.reseller_id = the_reseller AND o.limit_staff_id = f.limit_staff_id AND o.posted_at > moment - interval '24 hours';
      IF spent + size > limits.day_max THEN
        RETURN jsonb_build_object('outcome', 'above_day_limit', 'limit', limits.day_max::text, 'left', greatest(limits.day_max - spent, 0)::text);
      END IF;
    END IF;
    approval_above := CASE WHEN f.approves IS NULL THEN limits.approval_above ELSE coalesce(waits.approval_above, limits.approval_above) END;
    IF size > limits.approval_above AND f.approves IS NULL THEN
      INSERT INTO waiting_postings (reseller_id, id, customer_id, kind, key, fingerprint, receipt_key, amount, facts, maker_id, maker_name, created_at, expires_at,
                                    approval_above)
      VALUES (the_reseller, f.waiting_id, the_customer, f.kind, the_key, f.fingerprint, f.channel::text || ':' || receipt, size, facts, f.limit_staff_id, limits.email,
              moment, moment + interval '72 hours', approval_above);
      INSERT INTO audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip, user_agent)
      VALUES (the_reseller, f.audit_id, moment, 'posting.waits', f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, the_customer,
              jsonb_build_object('kind', f.kind, 'amount', size::text, 'waiting', f.waiting_id), f.request_id, f.ip, f.user_agent);
      RETURN jsonb_build_object('outcome', 'waits', 'fresh', true, 'waiting', f.waiting_id, 'state', 'waiting', 'fingerprint', f.fingerprint);
    END IF;
  END IF;

  INSERT INTO postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, comment, note, channel, reference, receipt_digest, text_salt, text_digest,
                        actor_kind, actor_id, actor_name, author_salt, author_digest, for_customer_id, request_id, ip, reverses_id, limit_staff_id,
                        approval_above, approval_id, approver_id, posted_at, effective_at)
  VALUES (the_reseller, f.posting_id, the_customer, f.kind, the_key, f.fingerprint, f.reason, f.comment, f.note, f.channel, f.reference,
          sha256(f.text_salt || convert_to(receipt, 'UTF8')), f.text_salt, f.text_digest,
          f.actor_kind, f.actor_id, f.actor_name, author_salt, sha256(author_salt || convert_to(f.actor_name, 'UTF8')), f.for_customer_id, f.request_id, f.ip,
          f.reverses, f.limit_staff_id, approval_above, f.approves, CASE WHEN f.approves IS NOT NULL THEN f.decider_id END, moment,
          coalesce(f.effective_at, moment))
  RETURNING * INTO p;

  IF receipt IS NOT NULL THEN
    INSERT INTO receipts (reseller_id, channel, folded, posting_id) VALUES (the_reseller, f.channel, receipt, p.id);
  END IF;

  IF moves_credits <> 0 THEN
    IF f.kind = 'credits_set' AND moves_credits > 0 THEN
      INSERT INTO credit_grants (reseller_id, id, customer_id, posting_id, category, amount, remaining, expires_at, created_at)
      VALUES (the_reseller, f.grant_id, the_customer, p.id, coalesce(f.category, 'promotional'), moves_credits, 0, f.grant_expires_at, moment);
      PERFORM move_grant(p, f.grant_id, moves_credits);
    ELSIF f.kind <> 'reversal' THEN
      PERFORM take_from_grants(p, -moves_credits, f.kind = 'credits_set');
    ELSE
      PERFORM reverse_grants(p, moves_credits, f.grant_id);
    END IF;
    PERFORM add_entry(p, f.entry_ids[1], 'CREDITS', moves_credits, 0);
  END IF;
  IF moves_balance <> 0 THEN
    PERFORM add_entry(p, f.entry_ids[2], 'BALANCE', moves_balance, -c.overdraft);
    SELECT coalesce(c.low_balance_threshold, r.low_balance_threshold) INTO threshold FROM resellers r WHERE r.id = the_reseller;
    IF c.balance >= threshold AND c.balance + moves_balance < threshold THEN
      INSERT INTO low_balance_alerts (reseller_id, posting_id, customer_id, threshold, balance, at)
      VALUES (the_reseller, p.id, the_customer, threshold, c.balance + moves_balance, moment);
    END IF;
  END IF;

  INSERT INTO audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip, user_agent)
  VALUES (the_reseller, f.audit_id, moment, f.deed, f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, the_customer,
    jsonb_strip_nulls(jsonb_build_object('posting', p.id, 'reason', f.reason, 'reverses', f.reverses, 'reversed', reversed.kind, 'approvedBy', f.decider_name))
    || CASE WHEN moves_credits = 0 OR moves_balance = 0 THEN
         jsonb_build_object('account', CASE WHEN moves_balance = 0 THEN 'CREDITS' ELSE 'BALANCE' END, 'amount', (moves_balance + moves_credits)::text,
           'before', CASE WHEN moves_balance = 0 THEN c.credits ELSE c.balance END::text,
           'after', CASE WHEN moves_balance = 0 THEN c.credits + moves_credits ELSE c.balance + moves_balance END::text)
       ELSE jsonb_build_object('amount', (moves_balance + moves_credits)::text, 'creditsBefore', c.credits::text, 'creditsAfter', (c.credits + moves_credits)::text,
           'before', c.balance::text, 'after', (c.balance + moves_balance)::text) END,
    f.request_id, f.ip, f.user_agent);

  IF f.approves IS NOT NULL THEN
    UPDATE waiting_postings SET state = 'approved', decider_id = f.decider_id, decider_name = f.decider_name, decided_at = moment,
                                comment = coalesce(f.decision, ''), posting_id = p.id
    WHERE reseller_id = the_reseller AND id = f.approves;
    INSERT INTO audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, customer_id, details, request_id, ip, user_agent)
    VALUES (the_reseller, f.spare_ids[7], moment, 'posting.approved', 'staff', f.decider_id, f.decider_name, the_customer,
            jsonb_build_object('kind', f.kind, 'amount', size::text, 'madeBy', f.actor_name, 'waiting', f.approves, 'posting', p.id, 'comment', coalesce(f.decision, '')),
            f.decider_request_id, f.decider_ip, f.decider_user_agent);
  END IF;

  -- What a reversal gave back to a grant whose time is over goes again at once.
  IF f.kind = 'reversal' THEN PERFORM expire_grants(the_reseller, the_customer, moment, f.spare_ids[4:6]); END IF;
  RETURN jsonb_build_object('outcome', 'posted', 'posting', posting_told(p));
END
$$;

REVOKE ALL ON FUNCTION post_to_ledger(text, text, text, jsonb) FROM PUBLIC;
