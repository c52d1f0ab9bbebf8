-- Records that a waiting posting was approved and posted, by whom, with the event of it. The caller has made sure that they may.
CREATE OR REPLACE FUNCTION approve_waiting(the_reseller text, the_customer text, facts jsonb, the_size bigint, moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  f record;
BEGIN
  SELECT * INTO f FROM jsonb_to_record(facts) AS fact (
    approves uuid, posting_id uuid, spare_ids uuid[], kind posting_kind, actor_name text, decider_id uuid, decider_name text, decision text,
    decider_request_id text, decider_ip inet, decider_user_agent text);
  UPDATE waiting_postings SET state = 'approved', decider_id = f.decider_id, decider_name = f.decider_name, decided_at = moment,
                              comment = coalesce(f.decision, ''), posting_id = f.posting_id
  WHERE reseller_id = the_reseller AND id = f.approves;
  INSERT INTO audit_rows (reseller_id, id, at, event, actor_kind, actor_id, actor_name, customer_id, details, request_id, ip, user_agent)
  VALUES (the_reseller, f.spare_ids[7], moment, 'posting.approved', 'staff', f.decider_id, f.decider_name, the_customer,
          jsonb_build_object('kind', f.kind, 'amount', the_size::text, 'madeBy', f.actor_name, 'waiting', f.approves, 'posting', f.posting_id,
                             'comment', coalesce(f.decision, '')),
          f.decider_request_id, f.decider_ip, f.decider_user_agent);
END
$$;
