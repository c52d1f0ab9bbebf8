-- What the browser called itself. Rows are never changed, so those from before have none.
ALTER TABLE "audit_rows" ADD COLUMN "user_agent" TEXT;
