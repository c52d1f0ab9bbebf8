-- Puts the tag that another was merged into (src/tags/merge.ts) into the list rows of the customers who had that one, without reading anew all
-- that the rows are made of. The former id stays, as that of a tag that is removed does: see refresh_tag_list_rows(). Other changes of these
-- rows change no tag, so that each finds it there.
CREATE OR REPLACE FUNCTION follow_merged_tag() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  of_reseller text;
BEGIN
  FOR of_reseller IN SELECT DISTINCT "reseller_id" FROM changed LOOP
    UPDATE "customer_list_rows" l SET "tag_ids" = l."tag_ids" || c."tag_ids"
    FROM (SELECT "customer_id", array_agg("tag_id") AS "tag_ids" FROM changed WHERE "reseller_id" = of_reseller GROUP BY "customer_id") c
    WHERE l."reseller_id" = of_reseller AND l."id" = c."customer_id" AND NOT l."tag_ids" @> c."tag_ids";
  END LOOP;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION follow_merged_tag() FROM PUBLIC;
