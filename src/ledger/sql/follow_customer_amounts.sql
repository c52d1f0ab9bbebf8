-- Keeps the rows that the list is sorted by as the customer's balance and credits are.
CREATE OR REPLACE FUNCTION follow_customer_amounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."balance" <> OLD."balance" THEN
    UPDATE customer_amounts SET "amount" = NEW."balance" WHERE "reseller_id" = NEW."reseller_id" AND "id" = NEW."id" AND "account" = 'BALANCE';
  END IF;
  IF NEW."credits" <> OLD."credits" THEN
    UPDATE customer_amounts SET "amount" = NEW."credits" WHERE "reseller_id" = NEW."reseller_id" AND "id" = NEW."id" AND "account" = 'CREDITS';
  END IF;
  RETURN NULL;
END
$$;
