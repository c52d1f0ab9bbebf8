-- Changes what is left of a grant, and writes down by which posting.
CREATE OR REPLACE FUNCTION move_grant(the_reseller text, the_posting uuid, the_grant uuid, the_amount bigint, moment timestamptz) RETURNS void LANGUAGE sql AS $$
  UPDATE credit_grants SET remaining = remaining + the_amount WHERE reseller_id = the_reseller AND id = the_grant;
  INSERT INTO grant_movements (reseller_id, posting_id, grant_id, amount, at) VALUES (the_reseller, the_posting, the_grant, the_amount, moment);
$$;
