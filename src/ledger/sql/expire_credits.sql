-- Takes back what is left of a customer's grants that are over, and returns how much, in minor units; 0 where there are none. Locks the
-- customer. `told_at`: an earlier time to do it at, for tests and the demo.
CREATE OR REPLACE FUNCTION expire_credits(the_reseller text, the_customer text, ids uuid[], told_at timestamptz DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM customers WHERE reseller_id = the_reseller AND id = the_customer FOR NO KEY UPDATE;
  -- Never before what is booked already, as in post_to_ledger(), and never before its time.
  RETURN expire_grants(the_reseller, the_customer, CASE WHEN told_at < clock_timestamp() THEN told_at ELSE greatest(clock_timestamp(), (
    SELECT max(posted_at) FROM entries WHERE reseller_id = the_reseller AND customer_id = the_customer)) END, ids);
END
$$;

REVOKE ALL ON FUNCTION expire_credits(text, text, uuid[], timestamptz) FROM PUBLIC;
