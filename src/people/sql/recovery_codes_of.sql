-- The hashed recovery codes of one staff member, those that were used as well.
CREATE OR REPLACE FUNCTION recovery_codes_of(the_reseller text, the_staff uuid) RETURNS TABLE (id uuid, salt text, hash text, is_used boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_asked_alone('recovery_codes_of($1, $2)');
  RETURN QUERY SELECT r.id, r.salt, r.hash, r.used_at IS NOT NULL
  FROM recovery_codes r WHERE r.reseller_id = the_reseller AND r.staff_id = the_staff ORDER BY r.id;
END
$$;

REVOKE ALL ON FUNCTION recovery_codes_of(text, uuid) FROM PUBLIC;
