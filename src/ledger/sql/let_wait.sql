-- Stores a posting that another person has to approve within 72 hours, with its event, and returns the outcome. `receipt` is the folded
-- form of the payment that it would bring, null where there is none that is new; the size is in minor units.
CREATE OR REPLACE FUNCTION let_wait(the_reseller text, the_customer text, the_key text, facts jsonb, receipt text, the_size bigint, maker_name text,
  approval_above bigint, moment timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  f record;
BEGIN
  SELECT * INTO f FROM jsonb_to_record(facts) AS fact (
    waiting_id uuid, audit_id uuid, kind posting_kind, fingerprint text, channel channel, limit_staff_id uuid,
    actor_kind actor_kind, actor_id text, actor_name text, for_customer_id text, request_id text, ip inet, user_agent text);
  INSERT INTO waiting_postings (reseller_id, id, customer_id, kind, key, fingerprint, receipt_key, amount, facts, maker_id, maker_name, created_at, expires_at,
                                approval_above)
  VALUES (the_reseller, f.waiting_id, the_customer, f.kind, the_key, f.fingerprint, f.channel::text || ':' || receipt, the_size, facts, f.limit_staff_id, maker_name,
          moment, moment + interval '72 hours', approval_above);
  INSERT INTO audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip, user_agent)
  VALUES (the_reseller, f.audit_id, moment, 'posting.waits', f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, the_customer,
          jsonb_build_object('kind', f.kind, 'amount', the_size::text, 'waiting', f.waiting_id), f.request_id, f.ip, f.user_agent);
  RETURN jsonb_build_object('outcome', 'waits', 'fresh', true, 'waiting', f.waiting_id, 'state', 'waiting', 'fingerprint', f.fingerprint);
END
$$;
