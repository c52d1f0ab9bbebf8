-- Whether what a posting granted has expired, all or a part of it, or is over by that moment and about to be: taking the whole back would
-- take that part a second time, from other grants. The one rule behind the list's way to a reversal, the posting's page and the ledger.
CREATE OR REPLACE FUNCTION granted_has_expired(the_reseller text, the_posting uuid, moment timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM grant_movements g
    JOIN credit_grants c ON c.reseller_id = the_reseller AND c.id = g.grant_id
    WHERE g.reseller_id = the_reseller AND g.posting_id = the_posting AND g.amount > 0
      AND (c.remaining > 0 AND c.expires_at <= moment
        OR EXISTS (
          SELECT FROM grant_movements m JOIN postings p ON p.reseller_id = the_reseller AND p.id = m.posting_id
          WHERE m.reseller_id = the_reseller AND m.grant_id = g.grant_id AND p.kind = 'expiry')));
END
$$;
