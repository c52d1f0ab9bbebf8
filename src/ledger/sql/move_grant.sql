-- Changes what is left of a grant, and writes down by which posting.
CREATE OR REPLACE FUNCTION move_grant(the_posting postings, the_grant uuid, the_amount bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE credit_grants SET remaining = remaining + the_amount WHERE reseller_id = (the_posting).reseller_id AND id = the_grant;
  INSERT INTO grant_movements (reseller_id, posting_id, grant_id, amount, at)
  VALUES ((the_posting).reseller_id, (the_posting).id, the_grant, the_amount, (the_posting).posted_at);
$$;
