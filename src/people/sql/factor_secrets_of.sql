-- The encrypted secrets of one staff member's factors. The application's role cannot read the table itself, so not everybody's at once.
CREATE OR REPLACE FUNCTION factor_secrets_of(the_reseller text, the_staff uuid) RETURNS TABLE (factor_id uuid, sealed text, last_step bigint) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
SELECT s.factor_id, s.sealed, f.last_step
FROM factors f
JOIN factor_secrets s ON s.reseller_id = the_reseller AND s.factor_id = f.id
WHERE f.reseller_id = the_reseller AND f.staff_id = the_staff
ORDER BY f.created_at, f.id
$$;

REVOKE ALL ON FUNCTION factor_secrets_of(text, uuid) FROM PUBLIC;
