-- Writes what these customers are found and listed by, and what stands beside their tags, where it changed. Everybody who changes one of
-- the facts comes through here, and waits for whoever is before them: what is read afterwards is what that one left.
CREATE OR REPLACE FUNCTION refresh_search(of_reseller text, of_customers text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  fresh record;
BEGIN
  PERFORM FROM "customer_search" WHERE "reseller_id" = of_reseller AND "id" = ANY (of_customers) ORDER BY "id" FOR UPDATE;
  FOR fresh IN
    SELECT c."id", c."email", c."registered_at", c."state", t."type", search_words(of_reseller, c."id") AS "words"
    FROM "customers" c JOIN "teams" t ON t."reseller_id" = of_reseller AND t."id" = c."team_id"
    WHERE c."reseller_id" = of_reseller AND c."id" = ANY (of_customers) ORDER BY c."id"
  LOOP
    INSERT INTO "customer_search" AS kept ("reseller_id", "id", "words", "email", "registered_at", "state", "type")
    VALUES (of_reseller, fresh."id", fresh."words", fresh."email", fresh."registered_at", fresh."state", fresh."type")
    ON CONFLICT ("reseller_id", "id") DO UPDATE
    SET "words" = EXCLUDED."words", "email" = EXCLUDED."email", "registered_at" = EXCLUDED."registered_at",
        "state" = EXCLUDED."state", "type" = EXCLUDED."type"
    WHERE (kept."words", kept."email", kept."registered_at", kept."state", kept."type")
      IS DISTINCT FROM (EXCLUDED."words", EXCLUDED."email", EXCLUDED."registered_at", EXCLUDED."state", EXCLUDED."type");
    UPDATE "customer_tags" SET "registered_at" = fresh."registered_at", "state" = fresh."state", "type" = fresh."type"
    WHERE "reseller_id" = of_reseller AND "customer_id" = fresh."id"
      AND ("registered_at", "state", "type") IS DISTINCT FROM (fresh."registered_at", fresh."state", fresh."type");
  END LOOP;
END
$$;
