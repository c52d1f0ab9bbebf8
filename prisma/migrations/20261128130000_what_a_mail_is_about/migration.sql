-- What a mail tells of, so that what became of it can be shown there.
ALTER TABLE "mails" ADD COLUMN "about_id" UUID;

UPDATE "mails" SET "about_id" = COALESCE("values" ->> 'inviteId', "values" ->> 'waitingId')::uuid
WHERE "template" IN ('invite', 'posting-waits', 'posting-decided');

CREATE INDEX "mails_reseller_id_staff_id_created_at_id_idx" ON "mails"("reseller_id", "staff_id", "created_at", "id");
CREATE INDEX "mails_reseller_id_about_id_created_at_id_idx" ON "mails"("reseller_id", "about_id", "created_at", "id");
CREATE INDEX "low_balance_alerts_reseller_id_customer_id_at_idx" ON "low_balance_alerts"("reseller_id", "customer_id", "at");
