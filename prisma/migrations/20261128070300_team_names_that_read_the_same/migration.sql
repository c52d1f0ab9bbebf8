-- Whether another team is called so is asked by names as they are compared, as with tags and external references. Several may have one name.
CREATE INDEX "teams_reseller_id_folded_name_idx" ON "teams"("reseller_id", folded_name("name"));
