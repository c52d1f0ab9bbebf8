-- Before a tag is put on a customer: takes what the tag's list is narrowed to and sorted by from the search row, and holds that. Whoever
-- changes one of these facts waits, and then finds the tag. There is no row yet where customer and tag come in one statement: then the
-- customer's own trigger fills it in.
-- Afterwards: whoever changes a tag of many customers at once says that the search rows follow later (src/tags/search-rows.ts).
CREATE OR REPLACE FUNCTION refresh_tag_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  listed record;
BEGIN
  IF TG_WHEN = 'BEFORE' THEN
    SELECT "registered_at", "state", "type" INTO listed FROM "customer_search"
    WHERE "reseller_id" = NEW."reseller_id" AND "id" = NEW."customer_id" FOR UPDATE;
    IF FOUND THEN
      NEW."registered_at" := listed."registered_at";
      NEW."state" := listed."state";
      NEW."type" := listed."type";
    END IF;
    RETURN NEW;
  END IF;
  IF current_setting('purser.search_follows', true) IS DISTINCT FROM 'later' THEN
    PERFORM refresh_search(changed."reseller_id", ARRAY[changed."customer_id"]::text[]);
  END IF;
  RETURN NULL;
END
$$;
