-- Undoes what the reversed posting did to grants: what it took is given back to each of them; what it granted is taken back, from that grant as
-- far as it is left and else from the ones that would be spent last. What was taken before there were grants comes back as one of its own.
CREATE OR REPLACE FUNCTION reverse_grants(the_reseller text, the_customer text, the_posting uuid, the_reversed uuid, the_amount bigint,
  the_new_grant uuid, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  m record;
  wanted bigint := -the_amount;
BEGIN
  FOR m IN
    SELECT o.grant_id, o.amount, g.remaining FROM grant_movements o
    JOIN credit_grants g ON g.reseller_id = the_reseller AND g.id = o.grant_id
    WHERE o.reseller_id = the_reseller AND o.posting_id = the_reversed
  LOOP
    IF m.amount < 0 THEN
      PERFORM move_grant(the_reseller, the_posting, m.grant_id, -m.amount, moment);
      wanted := wanted - m.amount;
    ELSIF m.remaining > 0 THEN
      PERFORM move_grant(the_reseller, the_posting, m.grant_id, -least(wanted, m.remaining), moment);
      wanted := wanted - least(wanted, m.remaining);
    END IF;
  END LOOP;
  IF wanted > 0 THEN PERFORM take_from_grants(the_reseller, the_customer, the_posting, wanted, true, moment); END IF;
  IF wanted < 0 THEN
    INSERT INTO credit_grants (reseller_id, id, customer_id, posting_id, category, amount, remaining, created_at)
    VALUES (the_reseller, the_new_grant, the_customer, the_posting, 'promotional', -wanted, 0, moment);
    PERFORM move_grant(the_reseller, the_posting, the_new_grant, -wanted, moment);
  END IF;
END
$$;
