-- Keeps the list rows of the customers of a team whose name, type, owner or company has changed.
CREATE OR REPLACE FUNCTION refresh_team_list_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  PERFORM refresh_list_rows(changed."reseller_id", array_agg(c."id")::text[])
  FROM "customers" c WHERE c."reseller_id" = changed."reseller_id" AND c."team_id" = changed."id"
  HAVING count(*) > 0;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION refresh_team_list_rows() FROM PUBLIC;
