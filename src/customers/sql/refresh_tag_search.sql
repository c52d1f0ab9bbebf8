-- Whoever changes a tag of many customers at once says that the search rows follow later (src/tags/search-rows.ts).
CREATE OR REPLACE FUNCTION refresh_tag_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  IF current_setting('purser.search_follows', true) IS DISTINCT FROM 'later' THEN
    PERFORM refresh_search(changed."reseller_id", ARRAY[changed."customer_id"]::text[]);
  END IF;
  RETURN NULL;
END
$$;
