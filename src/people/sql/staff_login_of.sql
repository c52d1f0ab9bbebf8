-- What a login needs of the staff member who has this address at this reseller: the hash of their password, too.
CREATE OR REPLACE FUNCTION staff_login_of(the_reseller text, the_email text)
RETURNS TABLE (id text, state text, password_hash text, password_mark text, has_factor boolean) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_asked_alone('staff_login_of($1, $2)');
  RETURN QUERY SELECT s.id::text, s.state::text, s.password_hash, s.password_mark,
    EXISTS (SELECT FROM factors f WHERE f.reseller_id = the_reseller AND f.staff_id = s.id)
  FROM staff s WHERE s.reseller_id = the_reseller AND s.email = the_email;
END
$$;

REVOKE ALL ON FUNCTION staff_login_of(text, text) FROM PUBLIC;
