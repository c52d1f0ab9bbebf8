-- What customers, visitors and the system did, in the order of time. What staff did is found by who they are, and is no row here: their
-- postings write nothing for it. (Prisma's schema cannot say WHERE.)
CREATE INDEX "audit_rows_of_others_idx" ON "audit_rows"("reseller_id", "actor_kind", "at", "id") WHERE "actor_kind" <> 'staff';

-- The newest mail of a kind to a staff member, among all that they got.
CREATE INDEX "mails_reseller_id_staff_id_template_created_at_id_idx" ON "mails"("reseller_id", "staff_id", "template", "created_at", "id");
DROP INDEX "mails_reseller_id_staff_id_created_at_id_idx";
