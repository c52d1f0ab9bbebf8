-- What a posting of this kind moves on each account, in minor units, signed; or the outcome that refuses it. `credits_now` are the
-- customer's, after what is over has expired. How a kind moves what it moves is in
-- src/ledger/kinds.ts: a charge takes credits first and the rest from the balance; a reversal undoes both. `the_amount` is above zero; below
-- it in what waits since version 1, see src/ledger/codec.ts.
CREATE OR REPLACE FUNCTION movement_of(the_reseller text, the_customer text, the_kind posting_kind, the_amount bigint, the_target bigint,
  the_seen bigint, the_reversed uuid, the_grant_end timestamptz, credits_now bigint, moment timestamptz,
  OUT balance bigint, OUT credits bigint, OUT reversed_kind posting_kind, OUT refusal jsonb) LANGUAGE plpgsql STABLE AS $$
DECLARE
  k record;
  reversed_by uuid;
BEGIN
  balance := 0;
  credits := 0;
  SELECT * INTO k FROM posting_kinds() WHERE kind = the_kind::text;
  CASE k.moves
    WHEN 'amount' THEN
      balance := k.sign * abs(the_amount);
    WHEN 'target' THEN
      credits := the_target - credits_now;
      refusal := CASE
        WHEN the_seen <> credits_now THEN jsonb_build_object('outcome', 'moved', 'now', credits_now::text)
        WHEN credits = 0 THEN jsonb_build_object('outcome', 'same', 'now', credits_now::text)
        WHEN credits > 0 AND the_grant_end <= moment THEN jsonb_build_object('outcome', 'grant_over') END;
    WHEN 'credits_first' THEN
      credits := -least(credits_now, the_amount);
      balance := -(the_amount + credits);
    WHEN 'reversed' THEN
      SELECT p.kind, r.id INTO reversed_kind, reversed_by
      FROM postings p LEFT JOIN postings r ON r.reseller_id = the_reseller AND r.reverses_id = p.id
      WHERE p.reseller_id = the_reseller AND p.id = the_reversed AND p.customer_id = the_customer;
      refusal := CASE
        WHEN reversed_kind IS NULL THEN jsonb_build_object('outcome', 'missing')
        WHEN NOT (SELECT is_reversible FROM posting_kinds() WHERE kind = reversed_kind::text) THEN jsonb_build_object('outcome', 'irreversible', 'kind', reversed_kind)
        WHEN reversed_by IS NOT NULL THEN jsonb_build_object('outcome', 'reversed', 'by', reversed_by)
        -- What is over has expired before, so that nothing is about to.
        WHEN granted_has_expired(the_reseller, the_reversed, '-infinity') THEN jsonb_build_object('outcome', 'granted_expired') END;
      SELECT coalesce(-sum(e.amount) FILTER (WHERE e.account = 'BALANCE'), 0), coalesce(-sum(e.amount) FILTER (WHERE e.account = 'CREDITS'), 0)
        INTO balance, credits FROM entries e WHERE e.reseller_id = the_reseller AND e.posting_id = the_reversed;
  END CASE;
END
$$;
