-- What the list of customers is sorted by stands beside them, so that a posting changes no column of a customer that an index has: such an
-- update enters none of the customer's thirteen indexes (PostgreSQL, "Heap-Only Tuples").
CREATE TABLE "customer_amounts" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" VARCHAR(10) NOT NULL,
    "account" "account" NOT NULL,
    "amount" BIGINT NOT NULL,

    CONSTRAINT "customer_amounts_pkey" PRIMARY KEY ("reseller_id", "id", "account")
) WITH (fillfactor = 80);

CREATE TRIGGER customers_amounts_added AFTER INSERT ON "customers" FOR EACH ROW EXECUTE FUNCTION add_customer_amounts();
CREATE TRIGGER customers_amounts_followed AFTER UPDATE OF "balance", "credits" ON "customers"
  FOR EACH ROW EXECUTE FUNCTION follow_customer_amounts();

INSERT INTO "customer_amounts" ("reseller_id", "id", "account", "amount")
SELECT c."reseller_id", c."id", a."account", CASE a."account" WHEN 'BALANCE' THEN c."balance" ELSE c."credits" END
FROM "customers" c CROSS JOIN (VALUES ('BALANCE'::"account"), ('CREDITS'::"account")) AS a ("account");
CREATE INDEX "customer_amounts_reseller_id_account_amount_id_idx" ON "customer_amounts"("reseller_id", "account", "amount", "id");
ALTER TABLE "customer_amounts" ADD CONSTRAINT "customer_amounts_reseller_id_id_fkey" FOREIGN KEY ("reseller_id", "id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;
ANALYZE "customer_amounts";

DROP INDEX "customers_reseller_id_balance_id_idx";
DROP INDEX "customers_reseller_id_credits_id_idx";
-- Room on each page for the next version of a row.
ALTER TABLE "customers" SET (fillfactor = 85);
