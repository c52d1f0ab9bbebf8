-- Of a grant, only what is left of it changes, and only together with a movement (see post_to_ledger).
CREATE OR REPLACE FUNCTION refuse_grant_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD."reseller_id", OLD."id", OLD."customer_id", OLD."posting_id", OLD."category", OLD."amount", OLD."expires_at", OLD."created_at")
     IS NOT DISTINCT FROM (NEW."reseller_id", NEW."id", NEW."customer_id", NEW."posting_id", NEW."category", NEW."amount", NEW."expires_at", NEW."created_at") THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: of a grant, only what is left of it changes', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
