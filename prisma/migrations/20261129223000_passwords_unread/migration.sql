-- The application's role can no longer read password hashes (see src/database/rights.ts). What it compares instead is generated, so that it
-- is never another password's. This writes both tables anew: see docs/decisions/0129-password-hashes-are-written-not-read.md.
ALTER TABLE "staff" ADD COLUMN "password_mark" TEXT
  GENERATED ALWAYS AS (translate(rtrim(encode(sha256("password_hash"::bytea), 'base64'), '='), '+/', '-_')) STORED;
ALTER TABLE "customers" ADD COLUMN "password_mark" TEXT
  GENERATED ALWAYS AS (translate(rtrim(encode(sha256("password_hash"::bytea), 'base64'), '='), '+/', '-_')) STORED;
