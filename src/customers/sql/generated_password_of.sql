-- The hash of the password that a staff member has generated for a customer, where it still waits to be confirmed.
CREATE OR REPLACE FUNCTION generated_password_of(the_reseller text, the_customer text, the_staff uuid)
RETURNS TABLE (id uuid, password_hash text) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_asked_alone('generated_password_of($1, $2, $3)');
  RETURN QUERY SELECT p.id, p.password_hash FROM password_candidates p
  WHERE p.reseller_id = the_reseller AND p.customer_id = the_customer AND p.staff_id = the_staff AND p.expires_at > clock_timestamp();
END
$$;

REVOKE ALL ON FUNCTION generated_password_of(text, text, uuid) FROM PUBLIC;
