-- Times that nobody gives are the database's, read when the row is written: not those of the machine that asks, and not those of the
-- moment in which a transaction began that has waited since, so that events keep the order in which they happened.
ALTER TABLE "resellers" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "staff" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "teams" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "billing_profiles" ALTER COLUMN "updated_at" SET DEFAULT clock_timestamp();
ALTER TABLE "customers" ALTER COLUMN "registered_at" SET DEFAULT clock_timestamp();
ALTER TABLE "tags" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "postings" ALTER COLUMN "posted_at" SET DEFAULT clock_timestamp(), ALTER COLUMN "effective_at" SET DEFAULT clock_timestamp();
ALTER TABLE "credit_grants" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "waiting_postings" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "ledger_checks" ALTER COLUMN "at" SET DEFAULT clock_timestamp();
ALTER TABLE "audit_rows" ALTER COLUMN "at" SET DEFAULT clock_timestamp();
ALTER TABLE "one_time_links" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "mails" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "login_as" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp(), ALTER COLUMN "last_seen_at" SET DEFAULT clock_timestamp();
ALTER TABLE "login_as_events" ALTER COLUMN "at" SET DEFAULT clock_timestamp();
ALTER TABLE "password_candidates" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "invites" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp();
ALTER TABLE "sessions" ALTER COLUMN "created_at" SET DEFAULT clock_timestamp(), ALTER COLUMN "last_seen_at" SET DEFAULT clock_timestamp();
