-- Each page of the customer list asks for the reseller's own link: the one invite that no staff member created. Without this it was
-- looked for among all of them. (Prisma's schema cannot say WHERE.)
CREATE INDEX "invites_own_idx" ON "invites"("reseller_id") WHERE "staff_id" IS NULL;

-- E-mails that failed, or wait, are few among many.
CREATE INDEX "mails_reseller_id_state_created_at_id_idx" ON "mails"("reseller_id", "state", "created_at", "id");
