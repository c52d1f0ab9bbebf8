-- A page of customers looks for the newest mail of two kinds to each: among all mails to one, the oldest of which it mostly is.
CREATE INDEX "mails_reseller_id_customer_id_template_created_at_id_idx" ON "mails"("reseller_id", "customer_id", "template", "created_at", "id");
