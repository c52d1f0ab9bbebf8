-- What the list of customers shows beside a customer's own row stands in one row: of the team, the billing profile and the tags. For a page
-- of fifty that is fifty rows to look up in place of a hundred and fifty.
CREATE TABLE "customer_list_rows" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" VARCHAR(10) NOT NULL,
    "team_name" TEXT NOT NULL,
    "team_type" "team_type" NOT NULL,
    "team_owner_id" VARCHAR(10),
    "has_profile" BOOLEAN NOT NULL,
    "company_name" TEXT,
    "tag_ids" UUID[] NOT NULL,

    CONSTRAINT "customer_list_rows_pkey" PRIMARY KEY ("reseller_id", "id")
) WITH (fillfactor = 85);
ALTER TABLE "customer_list_rows" ADD CONSTRAINT "customer_list_rows_reseller_id_id_fkey" FOREIGN KEY ("reseller_id", "id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

CREATE TRIGGER customers_listed_added AFTER INSERT ON "customers" REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION refresh_new_list_rows();
CREATE TRIGGER customers_listed AFTER UPDATE OF "team_id" ON "customers" FOR EACH ROW EXECUTE FUNCTION refresh_customer_list_rows();
CREATE TRIGGER teams_listed AFTER UPDATE OF "name", "type", "owner_customer_id" ON "teams"
  FOR EACH ROW EXECUTE FUNCTION refresh_team_list_rows();
CREATE TRIGGER billing_profiles_listed AFTER INSERT OR DELETE OR UPDATE OF "company_name" ON "billing_profiles"
  FOR EACH ROW EXECUTE FUNCTION refresh_team_list_rows();
CREATE TRIGGER customer_tags_added AFTER INSERT ON "customer_tags" REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION refresh_tag_list_rows();
CREATE TRIGGER customer_tags_removed AFTER DELETE ON "customer_tags" REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION refresh_tag_list_rows();
