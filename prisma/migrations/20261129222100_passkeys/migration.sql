-- CreateTable
CREATE TABLE "passkeys" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "factor_id" UUID NOT NULL,
    "credential_id" TEXT NOT NULL,
    "public_key" BYTEA NOT NULL,
    "user_handle" TEXT NOT NULL,
    "rp_id" TEXT NOT NULL,
    "transports" TEXT[],
    "is_backed_up" BOOLEAN NOT NULL,

    CONSTRAINT "passkeys_pkey" PRIMARY KEY ("reseller_id","factor_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "passkeys_reseller_id_credential_id_key" ON "passkeys"("reseller_id", "credential_id");

-- AddForeignKey
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_reseller_id_factor_id_fkey" FOREIGN KEY ("reseller_id", "factor_id") REFERENCES "factors"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;
