-- A password that staff have seen proves nobody. From a reset on, the customer's row says so, and with it each session and each audit
-- row of theirs, until the customer has used a link that was mailed to an address which was verified before.
ALTER TABLE "customers" ADD COLUMN "reset_at" TIMESTAMPTZ(3),
                        ADD COLUMN "reset_by" TEXT,
                        ADD COLUMN "reset_proof_email" TEXT;
ALTER TABLE "sessions" ADD COLUMN "after_reset_by" TEXT;
ALTER TABLE "audit_rows" ADD COLUMN "after_reset_by" TEXT;

ALTER TABLE "customers" ADD CONSTRAINT "customers_reset_whole" CHECK (
  ("reset_at" IS NULL) = ("reset_by" IS NULL) AND ("reset_proof_email" IS NULL OR "reset_at" IS NOT NULL)
);

-- The few customers after a reset. (Prisma's schema cannot say WHERE.)
CREATE INDEX "customers_reset_proof_email_idx" ON "customers"("reset_proof_email") WHERE "reset_proof_email" IS NOT NULL;

-- Whoever still has the password that staff generated is in the same place. Whether others have chosen theirs themselves is not known.
UPDATE "customers" c
SET "reset_at" = r."at",
    "reset_by" = coalesce((SELECT nullif(s."name", '') FROM "staff" s WHERE s."reseller_id" = c."reseller_id" AND s."id"::text = r."actor_id"), r."actor_name"),
    "reset_proof_email" = CASE WHEN c."email_verified_at" <= r."at" THEN c."email" END
FROM (
  SELECT DISTINCT ON ("reseller_id", "customer_id") "reseller_id", "customer_id", "at", "actor_id", "actor_name"
  FROM "audit_rows" WHERE "deed" = 'password.reset'
  ORDER BY "reseller_id", "customer_id", "at" DESC, "id" DESC
) r
WHERE c."must_change_password" AND r."reseller_id" = c."reseller_id" AND r."customer_id" = c."id";
