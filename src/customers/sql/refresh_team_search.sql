-- Keeps the search rows of the customers of a team whose name or billing profile has changed.
CREATE OR REPLACE FUNCTION refresh_team_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  PERFORM refresh_search(changed."reseller_id", array_agg(c."id" ORDER BY c."id")::text[])
  FROM "customers" c WHERE c."reseller_id" = changed."reseller_id" AND c."team_id" = changed."id"
  HAVING count(*) > 0;
  RETURN NULL;
END
$$;
