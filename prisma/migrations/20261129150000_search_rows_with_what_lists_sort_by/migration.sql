-- What the customer list is narrowed to and sorted by stands beside the words that customers are found by, and beside their tags: one
-- index answers a filter, in the order of the list, and nothing else is looked at. The defaults are there before the rows are filled, and
-- for a tag that is written before its customer.
ALTER TABLE "customer_search" ADD COLUMN "email" TEXT NOT NULL DEFAULT '',
ADD COLUMN "registered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT '-infinity'::timestamp with time zone,
ADD COLUMN "state" "state" NOT NULL DEFAULT 'ON',
ADD COLUMN "type" "team_type" NOT NULL DEFAULT 'default';

ALTER TABLE "customer_tags" ADD COLUMN "registered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT '-infinity'::timestamp with time zone,
ADD COLUMN "state" "state" NOT NULL DEFAULT 'ON',
ADD COLUMN "type" "team_type" NOT NULL DEFAULT 'default';

DROP TRIGGER customers_search ON "customers";
CREATE TRIGGER customers_search AFTER INSERT OR UPDATE OF "email", "name", "phone", "external_reference", "team_id", "state" ON "customers"
  FOR EACH ROW EXECUTE FUNCTION refresh_customer_search();
DROP TRIGGER teams_search ON "teams";
CREATE TRIGGER teams_search AFTER UPDATE OF "name", "type" ON "teams" FOR EACH ROW EXECUTE FUNCTION refresh_team_search();
CREATE TRIGGER customer_tags_listed BEFORE INSERT ON "customer_tags" FOR EACH ROW EXECUTE FUNCTION refresh_tag_search();

-- Made anew once all rows are filled in, without the reseller: kept meanwhile, each row that is filled in would be written there anew, which
-- takes four times as long as all the rest. Until then searches go along the list.
DROP INDEX "customer_search_reseller_id_words_idx";
