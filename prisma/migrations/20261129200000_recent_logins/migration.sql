-- A person's logins among everything that they have done. Other events are not in it, so that a posting pays nothing for it.
CREATE INDEX "audit_rows_reseller_id_actor_id_at_idx" ON "audit_rows"("reseller_id", "actor_id", "at")
  WHERE "event" IN ('staff.logged_in', 'customer.logged_in');
