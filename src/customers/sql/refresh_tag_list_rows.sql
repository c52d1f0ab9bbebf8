-- Keeps the list rows of the customers whose tags a statement has changed. At once, for as many as there are: unlike their search rows
-- these are in no index but that of their ids.
CREATE OR REPLACE FUNCTION refresh_tag_list_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refresh_list_rows("reseller_id", array_agg(DISTINCT "customer_id")::text[]) FROM changed GROUP BY "reseller_id";
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION refresh_tag_list_rows() FROM PUBLIC;
