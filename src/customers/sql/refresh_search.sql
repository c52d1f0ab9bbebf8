-- Writes what these customers are found by, where it changed. Everybody who changes one of the facts comes through here, and waits for
-- whoever is before them: what is read afterwards is what that one left.
CREATE OR REPLACE FUNCTION refresh_search(of_reseller text, of_customers text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM "customer_search" WHERE "reseller_id" = of_reseller AND "id" = ANY (of_customers) ORDER BY "id" FOR UPDATE;
  INSERT INTO "customer_search" AS kept ("reseller_id", "id", "words")
  SELECT of_reseller, asked.id, search_words(of_reseller, asked.id) FROM unnest(of_customers) AS asked (id)
  ON CONFLICT ("reseller_id", "id") DO UPDATE SET "words" = EXCLUDED."words" WHERE kept."words" <> EXCLUDED."words";
END
$$;
