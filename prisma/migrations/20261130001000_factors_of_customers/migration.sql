-- What is for logging in is a staff member's or a customer's.
ALTER TABLE "factors" ALTER COLUMN "staff_id" DROP NOT NULL, ADD COLUMN "customer_id" VARCHAR(10),
  ADD CONSTRAINT "factors_one_owner" CHECK (num_nonnulls("staff_id", "customer_id") = 1);
ALTER TABLE "recovery_codes" ALTER COLUMN "staff_id" DROP NOT NULL, ADD COLUMN "customer_id" VARCHAR(10),
  ADD CONSTRAINT "recovery_codes_one_owner" CHECK (num_nonnulls("staff_id", "customer_id") = 1);
ALTER TABLE "login_notices" ALTER COLUMN "staff_id" DROP NOT NULL, ADD COLUMN "customer_id" VARCHAR(10),
  ADD CONSTRAINT "login_notices_one_owner" CHECK (num_nonnulls("staff_id", "customer_id") = 1);
CREATE INDEX "factors_reseller_id_customer_id_idx" ON "factors"("reseller_id", "customer_id");
CREATE INDEX "recovery_codes_reseller_id_customer_id_idx" ON "recovery_codes"("reseller_id", "customer_id");
CREATE INDEX "login_notices_reseller_id_customer_id_idx" ON "login_notices"("reseller_id", "customer_id");
-- No customer has one yet, so that nothing is read of the customers.
ALTER TABLE "factors" ADD CONSTRAINT "factors_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

CREATE TYPE "customer_factors" AS ENUM ('off', 'offered', 'required');
ALTER TABLE "resellers"
  ADD COLUMN "customer_factors" "customer_factors" NOT NULL DEFAULT 'off',
  ADD COLUMN "customer_factors_required_at" TIMESTAMPTZ(3),
  ADD COLUMN "customer_factors_in_use" BOOLEAN NOT NULL DEFAULT false,
  ADD CONSTRAINT "resellers_customer_factors_required" CHECK (("customer_factors" = 'required') = ("customer_factors_required_at" IS NOT NULL));
