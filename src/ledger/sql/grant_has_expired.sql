-- As the ledger asks: it has let go what is over before, so that nothing is about to.
CREATE OR REPLACE FUNCTION grant_has_expired(the_posting postings) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RETURN granted_has_expired(the_posting.reseller_id, the_posting.id, '-infinity');
END
$$;
