-- Moves a posting's credits: on grants, then on the account. What is raised is a grant of its own; what is lowered is taken from those
-- that would be spent last, and what is charged from those that are spent first; a reversal undoes what was done to each. `moves` is the kind's.
CREATE OR REPLACE FUNCTION move_credits(the_reseller text, the_customer text, the_posting uuid, moves text, the_amount bigint, the_entry uuid,
  the_grant uuid, the_category credit_category, the_grant_end timestamptz, the_reversed uuid, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF moves = 'target' AND the_amount > 0 THEN
    INSERT INTO credit_grants (reseller_id, id, customer_id, posting_id, category, amount, remaining, expires_at, created_at)
    VALUES (the_reseller, the_grant, the_customer, the_posting, coalesce(the_category, 'promotional'), the_amount, 0, the_grant_end, moment);
    PERFORM move_grant(the_reseller, the_posting, the_grant, the_amount, moment);
  ELSIF moves <> 'reversed' THEN
    PERFORM take_from_grants(the_reseller, the_customer, the_posting, -the_amount, moves = 'target', moment);
  ELSE
    PERFORM reverse_grants(the_reseller, the_customer, the_posting, the_reversed, the_amount, the_grant, moment);
  END IF;
  PERFORM add_entry(the_reseller, the_posting, the_entry, 'CREDITS', the_amount, 0);
END
$$;
