CREATE TYPE "factor_kind" AS ENUM ('totp', 'passkey');
CREATE TABLE "factors" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "kind" "factor_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "last_used_at" TIMESTAMPTZ(3),
    "last_step" BIGINT NOT NULL,

    CONSTRAINT "factors_pkey" PRIMARY KEY ("reseller_id", "id")
);
CREATE TABLE "factor_secrets" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "factor_id" UUID NOT NULL,
    "sealed" TEXT NOT NULL,
    "sealed_by" TEXT NOT NULL,

    CONSTRAINT "factor_secrets_pkey" PRIMARY KEY ("reseller_id", "factor_id")
);
CREATE TABLE "recovery_codes" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "salt" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("reseller_id", "id")
);
CREATE INDEX "factors_reseller_id_staff_id_idx" ON "factors"("reseller_id", "staff_id");
CREATE INDEX "recovery_codes_reseller_id_staff_id_idx" ON "recovery_codes"("reseller_id", "staff_id");
ALTER TABLE "factors" ADD CONSTRAINT "factors_reseller_id_staff_id_fkey" FOREIGN KEY ("reseller_id", "staff_id") REFERENCES "staff"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;
ALTER TABLE "factor_secrets" ADD CONSTRAINT "factor_secrets_reseller_id_factor_id_fkey" FOREIGN KEY ("reseller_id", "factor_id") REFERENCES "factors"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_reseller_id_staff_id_fkey" FOREIGN KEY ("reseller_id", "staff_id") REFERENCES "staff"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;
ALTER TABLE "installation" ADD COLUMN "factors_in_use" BOOLEAN NOT NULL DEFAULT false;
