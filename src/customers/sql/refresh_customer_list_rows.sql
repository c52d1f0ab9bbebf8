-- Keeps the list row of a customer who has changed to another team.
CREATE OR REPLACE FUNCTION refresh_customer_list_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refresh_list_rows(NEW."reseller_id", ARRAY[NEW."id"]::text[]);
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION refresh_customer_list_rows() FROM PUBLIC;
