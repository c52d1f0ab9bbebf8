-- Writes what the list shows of these customers beside their own row, where it changed. Whoever changes one of the facts comes through
-- here and waits for whoever is before them, and only then reads: nothing of the other's change is lost. A team's facts change and its
-- customers come and go under the team's lock (src/teams/type.ts).
CREATE OR REPLACE FUNCTION refresh_list_rows(of_reseller text, of_customers text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM "customer_list_rows" WHERE "reseller_id" = of_reseller AND "id" = ANY (of_customers) ORDER BY "id" FOR UPDATE;
  INSERT INTO "customer_list_rows" AS kept ("reseller_id", "id", "team_name", "team_type", "team_owner_id", "has_profile", "company_name", "tag_ids")
  SELECT c."reseller_id", c."id", t."name", t."type", t."owner_customer_id", b."id" IS NOT NULL,
         CASE t."type" WHEN 'enterprise' THEN b."company_name" END,
         ARRAY(SELECT w."tag_id" FROM "customer_tags" w WHERE w."reseller_id" = of_reseller AND w."customer_id" = c."id" ORDER BY w."tag_id")
  FROM "customers" c
  JOIN "teams" t ON t."reseller_id" = of_reseller AND t."id" = c."team_id"
  LEFT JOIN "billing_profiles" b ON b."reseller_id" = of_reseller AND b."id" = t."id"
  WHERE c."reseller_id" = of_reseller AND c."id" = ANY (of_customers) ORDER BY c."id"
  ON CONFLICT ("reseller_id", "id") DO UPDATE
  SET "team_name" = EXCLUDED."team_name", "team_type" = EXCLUDED."team_type", "team_owner_id" = EXCLUDED."team_owner_id",
      "has_profile" = EXCLUDED."has_profile", "company_name" = EXCLUDED."company_name", "tag_ids" = EXCLUDED."tag_ids"
  WHERE (kept."team_name", kept."team_type", kept."team_owner_id", kept."has_profile", kept."company_name", kept."tag_ids")
    IS DISTINCT FROM (EXCLUDED."team_name", EXCLUDED."team_type", EXCLUDED."team_owner_id", EXCLUDED."has_profile", EXCLUDED."company_name",
                      EXCLUDED."tag_ids");
END
$$;
