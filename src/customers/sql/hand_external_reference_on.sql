-- Where the one at place 0 takes another reference, the next of those who share the former moves up: it is not free. With the owner's
-- rights, because the application may not set a place.
CREATE OR REPLACE FUNCTION hand_external_reference_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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

REVOKE ALL ON FUNCTION hand_external_reference_on() FROM PUBLIC;
