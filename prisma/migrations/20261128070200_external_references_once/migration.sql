-- An external reference belongs to one customer of a reseller, whatever its case and what cannot be seen in it. The key is what it is
-- compared by, none where it is empty; the place is 0 for all but those who shared one before, so that the unique index lets them stay.
ALTER TABLE "customers" ADD COLUMN "external_reference_key" TEXT;
ALTER TABLE "customers" ADD COLUMN "external_reference_place" INTEGER NOT NULL DEFAULT 0;

UPDATE "customers" c SET "external_reference_key" = n."key", "external_reference_place" = n."place"
FROM (
  SELECT "reseller_id", "id", folded_name("external_reference") AS "key",
         row_number() OVER (
           PARTITION BY "reseller_id", folded_name("external_reference") ORDER BY "registered_at", "id"
         ) - 1 AS "place"
  FROM "customers" WHERE folded_name("external_reference") <> ''
) n
WHERE c."reseller_id" = n."reseller_id" AND c."id" = n."id";

CREATE UNIQUE INDEX "customers_reseller_id_external_reference_key_external_refer_key"
  ON "customers"("reseller_id", "external_reference_key", "external_reference_place");

-- A new reference, and a changed one, asks for place 0: of two at once the index refuses the second.
CREATE FUNCTION hold_external_reference() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW."external_reference" IS DISTINCT FROM OLD."external_reference" THEN
    NEW."external_reference_key" := nullif(folded_name(NEW."external_reference"), '');
    NEW."external_reference_place" := 0;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER customers_hold_external_reference BEFORE INSERT OR UPDATE OF "external_reference" ON "customers"
  FOR EACH ROW EXECUTE FUNCTION hold_external_reference();

-- Where the one at place 0 takes another reference, the next of those who share the former moves up: it is not free. With the owner's
-- rights, because the application may not set a place.
CREATE FUNCTION hand_external_reference_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD."external_reference_place" = 0 AND OLD."external_reference_key" IS DISTINCT FROM NEW."external_reference_key" THEN
    UPDATE customers SET "external_reference_place" = 0
    WHERE "reseller_id" = OLD."reseller_id" AND "external_reference_key" = OLD."external_reference_key"
      AND "external_reference_place" = (
        SELECT min("external_reference_place") FROM customers
        WHERE "reseller_id" = OLD."reseller_id" AND "external_reference_key" = OLD."external_reference_key"
      );
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION hand_external_reference_on() FROM public;
CREATE TRIGGER customers_hand_external_reference_on AFTER UPDATE OF "external_reference" ON "customers"
  FOR EACH ROW EXECUTE FUNCTION hand_external_reference_on();
