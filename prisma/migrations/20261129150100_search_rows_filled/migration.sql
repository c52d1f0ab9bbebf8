-- outside a transaction
-- Everybody is filled in, a lot in a transaction, as refresh_search() does for a few: none holds much for long. In the order of the list,
-- so that what is read together lies together. (The statement ends with the only semicolon at the end of a line.)
DO $$
DECLARE of_reseller text; last_at timestamptz; last_id text; lot text[]; --
BEGIN
  FOR of_reseller IN SELECT "id" FROM "resellers" ORDER BY "id" LOOP
    last_at := '-infinity'; last_id := ''; --
    LOOP
      SELECT array_agg(c."id" ORDER BY c."registered_at", c."id") INTO lot FROM (
        SELECT "registered_at", "id" FROM "customers" WHERE "reseller_id" = of_reseller AND ("registered_at", "id") > (last_at, last_id)
        ORDER BY "registered_at", "id" LIMIT 2000) c; --
      EXIT WHEN lot IS NULL; --
      PERFORM FROM "customer_search" WHERE "reseller_id" = of_reseller AND "id" = ANY (lot) ORDER BY "id" FOR UPDATE; --
      UPDATE "customer_search" s SET "email" = c."email", "registered_at" = c."registered_at", "state" = c."state", "type" = t."type"
      FROM unnest(lot) WITH ORDINALITY one (id, place)
      JOIN "customers" c ON c."reseller_id" = of_reseller AND c."id" = one.id
      JOIN "teams" t ON t."reseller_id" = of_reseller AND t."id" = c."team_id"
      WHERE s."reseller_id" = of_reseller AND s."id" = c."id"
        AND (s."email", s."registered_at", s."state", s."type") IS DISTINCT FROM (c."email", c."registered_at", c."state", t."type"); --
      UPDATE "customer_tags" w SET "registered_at" = s."registered_at", "state" = s."state", "type" = s."type"
      FROM "customer_search" s
      WHERE w."reseller_id" = of_reseller AND w."customer_id" = ANY (lot) AND s."reseller_id" = of_reseller AND s."id" = w."customer_id"
        AND (w."registered_at", w."state", w."type") IS DISTINCT FROM (s."registered_at", s."state", s."type"); --
      SELECT "registered_at", "id" INTO last_at, last_id FROM "customers"
      WHERE "reseller_id" = of_reseller AND "id" = lot[cardinality(lot)]; --
      COMMIT; --
    END LOOP; --
  END LOOP; --
END
$$;
