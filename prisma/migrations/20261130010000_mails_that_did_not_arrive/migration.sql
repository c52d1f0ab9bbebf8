-- A page of customers looks for the mail that did not arrive to each: of all mails these are few, and most of what is looked for is not there.
CREATE INDEX "mails_not_arrived_idx" ON "mails"("reseller_id", "customer_id", "template")
WHERE "state" = 'failed' OR ("state" = 'waiting' AND "last_error" IS NOT NULL);
