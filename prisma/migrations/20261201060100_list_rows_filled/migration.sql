-- outside a transaction
-- Everybody is filled in, a lot in a transaction. (The statement ends with the only semicolon at the end of a line.)
DO $$
DECLARE of_reseller text; last_id text; lot text[]; --
BEGIN
  FOR of_reseller IN SELECT "id" FROM "resellers" ORDER BY "id" LOOP
    last_id := ''; --
    LOOP
      SELECT array_agg(c."id" ORDER BY c."id") INTO lot FROM (
        SELECT "id" FROM "customers" WHERE "reseller_id" = of_reseller AND "id" > last_id ORDER BY "id" LIMIT 2000) c; --
      EXIT WHEN lot IS NULL; --
      PERFORM refresh_list_rows(of_reseller, lot); --
      last_id := lot[cardinality(lot)]; --
      COMMIT; --
    END LOOP; --
  END LOOP; --
END
$$;
ANALYZE "customer_list_rows";
