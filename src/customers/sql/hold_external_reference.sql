-- A new reference, and a changed one, asks for place 0: of two at once the index refuses the second.
CREATE OR REPLACE FUNCTION hold_external_reference() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW."external_reference" IS DISTINCT FROM OLD."external_reference" THEN
    NEW."external_reference_key" := nullif(folded_name(NEW."external_reference"), '');
    NEW."external_reference_place" := 0;
  END IF;
  RETURN NEW;
END $$;
