-- What a posting did, as it is answered each time its key comes again.
CREATE OR REPLACE FUNCTION posting_answer(the_reseller text, the_posting uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object('id', p.id, 'email', c.email, 'fingerprint', p.fingerprint, 'entries', coalesce((
      SELECT jsonb_agg(jsonb_build_object('account', e.account, 'amount', e.amount::text, 'before', e.before::text, 'after', e.after::text) ORDER BY e.account DESC)
      FROM entries e WHERE e.reseller_id = the_reseller AND e.posting_id = the_posting), '[]'))
    FROM postings p JOIN customers c ON c.reseller_id = the_reseller AND c.id = p.customer_id
    WHERE p.reseller_id = the_reseller AND p.id = the_posting);
END
$$;
