-- Amounts are stored in the currency's smallest unit: once there is one, the currency stays.
CREATE OR REPLACE FUNCTION refuse_currency_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "postings" WHERE "reseller_id" = NEW."id") THEN
    RAISE EXCEPTION 'the currency of % is fixed by its first posting', NEW."id" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
