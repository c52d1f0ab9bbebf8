-- Staff and sessions belong to a reseller, so their keys have its id, as those of all tables do that could be distributed by it.

-- Whose staff an address is, unique in the installation: what the login page asks, before it knows the reseller.
CREATE TABLE "staff_addresses" (
    "email" TEXT NOT NULL,
    "reseller_id" VARCHAR(8) NOT NULL,

    CONSTRAINT "staff_addresses_pkey" PRIMARY KEY ("email")
);
INSERT INTO "staff_addresses" ("email", "reseller_id") SELECT "email", "reseller_id" FROM "staff";
CREATE UNIQUE INDEX "staff_addresses_reseller_id_email_key" ON "staff_addresses"("reseller_id", "email");
ALTER TABLE "staff_addresses" ADD CONSTRAINT "staff_addresses_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

CREATE UNIQUE INDEX "staff_reseller_id_email_key" ON "staff"("reseller_id", "email");
ALTER TABLE "staff" ADD CONSTRAINT "staff_reseller_id_email_fkey" FOREIGN KEY ("reseller_id", "email") REFERENCES "staff_addresses"("reseller_id", "email") ON DELETE NO ACTION ON UPDATE NO ACTION;
DROP INDEX "staff_email_key";

-- The foreign keys of other tables hold on to this index, and go on to.
ALTER TABLE "staff" DROP CONSTRAINT "staff_pkey";
ALTER TABLE "staff" ADD CONSTRAINT "staff_pkey" PRIMARY KEY USING INDEX "staff_reseller_id_id_key";

-- The id comes first: sessions that began before this are found by it alone, until they end.
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_pkey", ADD CONSTRAINT "sessions_pkey" PRIMARY KEY ("id", "reseller_id");
DROP INDEX "sessions_staff_id_idx";
CREATE INDEX "sessions_reseller_id_staff_id_idx" ON "sessions"("reseller_id", "staff_id");
