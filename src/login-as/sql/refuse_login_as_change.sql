-- A login as a customer is entered once, used, counts its requests, and ends once. After that nothing of it changes.
CREATE OR REPLACE FUNCTION refuse_login_as_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD."ended_at" IS NULL
     AND (OLD."reseller_id", OLD."id", OLD."customer_id", OLD."staff_id", OLD."mode", OLD."reason", OLD."portal_session", OLD."code_hash", OLD."code_expires_at", OLD."created_at", OLD."expires_at", OLD."ip", OLD."user_agent")
     IS NOT DISTINCT FROM (NEW."reseller_id", NEW."id", NEW."customer_id", NEW."staff_id", NEW."mode", NEW."reason", NEW."portal_session", NEW."code_hash", NEW."code_expires_at", NEW."created_at", NEW."expires_at", NEW."ip", NEW."user_agent")
     AND (OLD."entered_at" IS NULL OR (OLD."entered_at" = NEW."entered_at" AND OLD."last_seen_at" <= NEW."last_seen_at"))
     AND NEW."requests" IN (OLD."requests", OLD."requests" + 1) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: a login as a customer is entered, used and ended, once', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
