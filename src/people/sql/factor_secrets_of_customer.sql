-- The encrypted secrets of one customer's factors.
CREATE OR REPLACE FUNCTION factor_secrets_of_customer(the_reseller text, the_customer text) RETURNS TABLE (factor_id uuid, sealed text, last_step bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_asked_alone('factor_secrets_of_customer($1, $2)');
  RETURN QUERY SELECT s.factor_id, s.sealed, f.last_step
  FROM factors f
  JOIN factor_secrets s ON s.reseller_id = the_reseller AND s.factor_id = f.id
  WHERE f.reseller_id = the_reseller AND f.customer_id = the_customer
  ORDER BY f.created_at, f.id;
END
$$;

REVOKE ALL ON FUNCTION factor_secrets_of_customer(text, text) FROM PUBLIC;
