-- Keeps the search row of a customer whose own facts have changed.
CREATE OR REPLACE FUNCTION refresh_customer_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_search(NEW."reseller_id", ARRAY[NEW."id"]::text[]);
  RETURN NULL;
END
$$;
