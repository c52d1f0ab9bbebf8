-- A request in a login-as session is written down once; only its end is added, once.
CREATE OR REPLACE FUNCTION refuse_login_as_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD."status" IS NULL AND OLD."ended_at" IS NULL
     AND (OLD."reseller_id", OLD."id", OLD."login_as_id", OLD."seq", OLD."at", OLD."method", OLD."path", OLD."request_id")
     IS NOT DISTINCT FROM (NEW."reseller_id", NEW."id", NEW."login_as_id", NEW."seq", NEW."at", NEW."method", NEW."path", NEW."request_id") THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: of a request, only its status and end are added, once', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
