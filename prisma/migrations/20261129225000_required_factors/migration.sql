ALTER TYPE "login_as_end" ADD VALUE 'factor_required' AFTER 'permission_lost';

ALTER TABLE "resellers"
  ADD COLUMN "factors_required_at" TIMESTAMPTZ(3),
  ADD COLUMN "factors_date_moved" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "roles" ADD COLUMN "requires_factor" BOOLEAN NOT NULL DEFAULT false;

-- Who works with it already has fourteen days. Nothing is required in the demo, also one of a version that did not note that it is. By
-- hours, as a day of SQL depends on the time zone.
UPDATE "resellers" SET "factors_required_at" = clock_timestamp() + interval '336 hours'
WHERE NOT EXISTS (SELECT FROM "installation" WHERE "is_demo")
  AND NOT (EXISTS (SELECT FROM "customers" WHERE "registered_via" = 'demo') AND NOT EXISTS (SELECT FROM "installation" WHERE "is_demo" IS NOT NULL));
UPDATE "roles" r SET "requires_factor" = true
FROM "resellers" t
WHERE t."id" = r."reseller_id" AND t."factors_required_at" IS NOT NULL AND r."id" IN ('owner', 'admin', 'finance');
