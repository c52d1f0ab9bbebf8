-- A login was a proof when it was made. Under a login-as nobody can give one.
ALTER TABLE "sessions" ADD COLUMN "proved_at" TIMESTAMPTZ(3);
UPDATE "sessions" SET "proved_at" = "created_at" WHERE "login_as_id" IS NULL;
ALTER TABLE "sessions" ALTER COLUMN "proved_at" SET DEFAULT clock_timestamp();
