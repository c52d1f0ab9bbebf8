-- Posts the expiry of what is left of a customer's grants that are over by `moment`, and returns how much, in minor units; 0 where there
-- are none. The caller holds the customer. `ids`: of the posting, its entry and its event.
CREATE OR REPLACE FUNCTION expire_grants(the_reseller text, the_customer text, moment timestamptz, ids uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  due bigint;
  credits_before bigint;
  salt bytea;
  author_salt bytea;
  g record;
BEGIN
  SELECT sum(remaining) INTO due FROM credit_grants
  WHERE reseller_id = the_reseller AND customer_id = the_customer AND remaining > 0 AND expires_at <= moment;
  IF due IS NULL THEN RETURN 0; END IF;
  salt := random_salt();
  author_salt := random_salt();
  SELECT credits INTO STRICT credits_before FROM customers WHERE reseller_id = the_reseller AND id = the_customer;
  INSERT INTO postings (reseller_id, id, customer_id, kind, key, fingerprint, text_salt, text_digest, actor_kind, actor_name, author_salt, author_digest,
                        posted_at, effective_at)
  VALUES (the_reseller, ids[1], the_customer, 'expiry', 'expiry:' || ids[1], 'expiry', salt, sha256(salt || convert_to('["","",""]', 'UTF8')),
          'system', 'expiry', author_salt, sha256(author_salt || convert_to('expiry', 'UTF8')), moment, moment);
  PERFORM add_entry(the_reseller, ids[1], ids[2], 'CREDITS', -due, 0);
  FOR g IN
    SELECT id, remaining FROM credit_grants
    WHERE reseller_id = the_reseller AND customer_id = the_customer AND remaining > 0 AND expires_at <= moment
  LOOP
    PERFORM move_grant(the_reseller, ids[1], g.id, -g.remaining, moment::timestamptz(3));
  END LOOP;
  INSERT INTO audit_rows (reseller_id, id, at, event, actor_kind, actor_name, customer_id, details)
  VALUES (the_reseller, ids[3], moment, 'credits.expired', 'system', 'expiry', the_customer,
          jsonb_build_object('amount', due::text, 'before', credits_before::text, 'after', (credits_before - due)::text, 'posting', ids[1]));
  RETURN due;
END
$$;
