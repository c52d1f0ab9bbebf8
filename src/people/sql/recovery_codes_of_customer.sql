-- The hashed recovery codes of one customer, those that were used as well.
CREATE OR REPLACE FUNCTION recovery_codes_of_customer(the_reseller text, the_customer text) RETURNS TABLE (id uuid, salt text, hash text, is_used boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_asked_alone('recovery_codes_of_customer($1, $2)');
  RETURN QUERY SELECT r.id, r.salt, r.hash, r.used_at IS NOT NULL
  FROM recovery_codes r WHERE r.reseller_id = the_reseller AND r.customer_id = the_customer ORDER BY r.id;
END
$$;

REVOKE ALL ON FUNCTION recovery_codes_of_customer(text, text) FROM PUBLIC;
