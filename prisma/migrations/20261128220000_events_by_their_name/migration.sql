-- What a row of the audit log says was done is an event. The column gets that name, and so does its index.
ALTER TABLE "audit_rows" RENAME COLUMN "deed" TO "event";
ALTER INDEX "audit_rows_reseller_id_deed_at_id_idx" RENAME TO "audit_rows_reseller_id_event_at_id_idx";

-- Two functions write the log. In them the column is renamed where it stands in a list of columns, and nothing else: the facts of a posting
-- keep their key "deed", because some wait in rows for approval. CREATE OR REPLACE, which is what pg_get_functiondef() gives, keeps owner,
-- grants and settings.
DO $$
DECLARE
  writer regprocedure;
  before text;
BEGIN
  FOREACH writer IN ARRAY ARRAY['expire_grants(text, text, timestamptz, uuid[])', 'post_to_ledger(text, text, text, jsonb)']::regprocedure[] LOOP
    before := pg_get_functiondef(writer);
    IF strpos(before, 'INSERT INTO audit_rows (reseller_id, id, at, deed,') = 0 THEN
      RAISE EXCEPTION 'The function % does not write the column "deed" of the audit log.', writer;
    END IF;
    EXECUTE replace(before, 'INSERT INTO audit_rows (reseller_id, id, at, deed,', 'INSERT INTO audit_rows (reseller_id, id, at, event,');
  END LOOP;
  -- A function that is missed would fail only when it is called.
  SELECT oid INTO writer FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND prosrc ~* 'audit_rows\s*\([^)]*\mdeed\M' LIMIT 1;
  IF writer IS NOT NULL THEN
    RAISE EXCEPTION 'The function % still writes the column "deed" of the audit log.', writer;
  END IF;
END
$$;
