-- Leaves an alert where a posting took the balance below its threshold: the customer's own, or else the reseller's. In minor units.
CREATE OR REPLACE FUNCTION note_low_balance(the_reseller text, the_customer text, the_posting uuid, balance_before bigint, balance_after bigint,
  own_threshold bigint, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  threshold bigint;
BEGIN
  SELECT coalesce(own_threshold, r.low_balance_threshold) INTO threshold FROM resellers r WHERE r.id = the_reseller;
  IF balance_before >= threshold AND balance_after < threshold THEN
    INSERT INTO low_balance_alerts (reseller_id, posting_id, customer_id, threshold, balance, at)
    VALUES (the_reseller, the_posting, the_customer, threshold, balance_after, moment);
  END IF;
END
$$;
