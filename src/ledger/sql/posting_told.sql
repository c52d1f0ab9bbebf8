-- What a posting did, as it is told again and again under its key.
CREATE OR REPLACE FUNCTION posting_told(the_posting postings) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', (the_posting).id, 'fingerprint', (the_posting).fingerprint, 'entries', coalesce((
    SELECT jsonb_agg(jsonb_build_object('account', e.account, 'amount', e.amount::text, 'before', e.before::text, 'after', e.after::text) ORDER BY e.account DESC)
    FROM entries e WHERE e.reseller_id = (the_posting).reseller_id AND e.posting_id = (the_posting).id), '[]'))
$$;
