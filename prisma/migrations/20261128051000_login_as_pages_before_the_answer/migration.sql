-- Each request of a login as a customer is written down before it is answered: its status and end are not known then, and are added once.
ALTER TABLE "login_as" ADD COLUMN "requests" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "login_as_events"
  ADD COLUMN "seq" INTEGER,
  ADD COLUMN "ended_at" TIMESTAMPTZ(3),
  ADD COLUMN "request_id" TEXT,
  ALTER COLUMN "status" DROP NOT NULL;

-- From here on written by hand: what Prisma's schema cannot say.

-- What was written down so far gets its number. The columns are new, and nothing that was there is changed.
DROP TRIGGER login_as_events_append_only ON "login_as_events";
UPDATE "login_as_events" e SET "seq" = numbered."seq"
FROM (SELECT "reseller_id", "id", row_number() OVER (PARTITION BY "reseller_id", "login_as_id" ORDER BY "at", "id") AS "seq" FROM "login_as_events") AS numbered
WHERE e."reseller_id" = numbered."reseller_id" AND e."id" = numbered."id";
UPDATE "login_as" l SET "requests" = counted."requests"
FROM (SELECT "reseller_id", "login_as_id", count(*) AS "requests" FROM "login_as_events" GROUP BY 1, 2) AS counted
WHERE l."reseller_id" = counted."reseller_id" AND l."id" = counted."login_as_id";

ALTER TABLE "login_as_events" ALTER COLUMN "seq" SET NOT NULL;
DROP INDEX "login_as_events_reseller_id_login_as_id_at_id_idx";
CREATE UNIQUE INDEX "login_as_events_reseller_id_login_as_id_seq_key" ON "login_as_events"("reseller_id", "login_as_id", "seq");
ALTER TABLE "login_as_events" ADD CONSTRAINT "login_as_events_end_has_status" CHECK ("ended_at" IS NULL OR "status" IS NOT NULL);

CREATE FUNCTION refuse_login_as_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD."status" IS NULL AND OLD."ended_at" IS NULL
     AND (OLD."reseller_id", OLD."id", OLD."login_as_id", OLD."seq", OLD."at", OLD."method", OLD."path", OLD."request_id")
     IS NOT DISTINCT FROM (NEW."reseller_id", NEW."id", NEW."login_as_id", NEW."seq", NEW."at", NEW."method", NEW."path", NEW."request_id") THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: of a request, only its status and end are added, once', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER login_as_events_append_only BEFORE UPDATE OR DELETE ON "login_as_events" FOR EACH ROW EXECUTE FUNCTION refuse_login_as_event_change();

-- A login as a customer is entered once, used, counts its requests, and ends once. After that nothing of it changes.
CREATE FUNCTION refuse_login_as_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER login_as_append_only BEFORE UPDATE OR DELETE ON "login_as" FOR EACH ROW EXECUTE FUNCTION refuse_login_as_change();
CREATE TRIGGER login_as_no_truncate BEFORE TRUNCATE ON "login_as" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
