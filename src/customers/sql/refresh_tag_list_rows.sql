-- Keeps the list rows of the customers whose tags a statement has changed. Where a tag goes from all its customers (src/tags/search-rows.ts),
-- its id stays in their rows until these are next written: a page shows the tags that there are, and no id is used twice.
CREATE OR REPLACE FUNCTION refresh_tag_list_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR current_setting('purser.search_follows', true) IS DISTINCT FROM 'later' THEN
    PERFORM refresh_list_rows("reseller_id", array_agg(DISTINCT "customer_id")::text[]) FROM changed GROUP BY "reseller_id";
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION refresh_tag_list_rows() FROM PUBLIC;
