-- Writes the list rows of the customers whom a statement has added.
CREATE OR REPLACE FUNCTION refresh_new_list_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refresh_list_rows("reseller_id", array_agg("id")::text[]) FROM changed GROUP BY "reseller_id";
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION refresh_new_list_rows() FROM PUBLIC;
