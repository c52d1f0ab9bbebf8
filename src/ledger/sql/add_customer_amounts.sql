-- Gives a new customer the rows that the list is sorted by. With the owner's rights, because the application may not write amounts.
CREATE OR REPLACE FUNCTION add_customer_amounts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO customer_amounts ("reseller_id", "id", "account", "amount")
  VALUES (NEW."reseller_id", NEW."id", 'BALANCE', NEW."balance"), (NEW."reseller_id", NEW."id", 'CREDITS', NEW."credits");
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION add_customer_amounts() FROM PUBLIC;
