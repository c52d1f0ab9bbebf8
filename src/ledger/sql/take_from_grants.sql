-- Takes an amount from a customer's grants: as they are spent (the soonest to expire first, then promotional before paid, then the oldest),
-- or, where credits are lowered, from the ones that would be spent last. What is asked for has to be there.
CREATE OR REPLACE FUNCTION take_from_grants(the_reseller text, the_customer text, the_posting uuid, the_amount bigint, spent_last_first boolean,
  moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wanted bigint := the_amount;
  g record;
  ways integer := CASE WHEN spent_last_first THEN -1 ELSE 1 END;
BEGIN
  FOR g IN
    SELECT id, remaining FROM credit_grants
    WHERE reseller_id = the_reseller AND customer_id = the_customer AND remaining > 0
    ORDER BY ways * extract(epoch from coalesce(expires_at, 'infinity')), ways * CASE category WHEN 'promotional' THEN 0 ELSE 1 END,
             ways * extract(epoch from created_at), CASE WHEN spent_last_first THEN NULL ELSE id END, id DESC
  LOOP
    EXIT WHEN wanted = 0;
    PERFORM move_grant(the_reseller, the_posting, g.id, -least(wanted, g.remaining), moment);
    wanted := wanted - least(wanted, g.remaining);
  END LOOP;
  IF wanted > 0 THEN
    RAISE EXCEPTION 'the grants of % lack % of what its credits are', the_customer, wanted USING ERRCODE = 'check_violation';
  END IF;
END
$$;
