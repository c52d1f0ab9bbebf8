-- What a login needs of the customer who has this address at this reseller: the hash of their password, too.
CREATE OR REPLACE FUNCTION customer_login_of(the_reseller text, the_email text)
RETURNS TABLE (id text, state text, state_message text, password_hash text, password_mark text, password_expires_at timestamptz, reset_by text, has_factor boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_asked_alone('customer_login_of($1, $2)');
  RETURN QUERY SELECT c.id::text, c.state::text, c.state_message, c.password_hash, c.password_mark, c.password_expires_at, c.reset_by,
    EXISTS (SELECT FROM factors f WHERE f.reseller_id = the_reseller AND f.customer_id = c.id)
  FROM customers c WHERE c.reseller_id = the_reseller AND c.email = the_email;
END
$$;

REVOKE ALL ON FUNCTION customer_login_of(text, text) FROM PUBLIC;
