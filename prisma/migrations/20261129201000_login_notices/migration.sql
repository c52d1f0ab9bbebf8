CREATE TABLE "login_notices" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "ip" INET,
    "user_agent" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "login_notices_pkey" PRIMARY KEY ("reseller_id", "id")
);
CREATE INDEX "login_notices_reseller_id_staff_id_idx" ON "login_notices"("reseller_id", "staff_id");
CREATE INDEX "login_notices_at_id_idx" ON "login_notices"("at", "id");
