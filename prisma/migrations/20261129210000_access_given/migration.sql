CREATE TYPE "access_way" AS ENUM ('added', 'role', 'turned_on');

CREATE TABLE "access_given" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "way" "access_way" NOT NULL,
    "giver_id" UUID,
    "giver_name" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "access_given_pkey" PRIMARY KEY ("reseller_id", "id")
);
CREATE INDEX "access_given_reseller_id_staff_id_at_idx" ON "access_given"("reseller_id", "staff_id", "at");
ALTER TABLE "access_given" ADD CONSTRAINT "access_given_reseller_id_staff_id_fkey" FOREIGN KEY ("reseller_id", "staff_id") REFERENCES "staff"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

CREATE TRIGGER access_given_append_only BEFORE UPDATE OR DELETE ON "access_given" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_given_no_truncate BEFORE TRUNCATE ON "access_given" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
