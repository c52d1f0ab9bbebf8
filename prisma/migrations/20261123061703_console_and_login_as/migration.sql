-- CreateEnum
CREATE TYPE "login_as_mode" AS ENUM ('readonly', 'admin');

-- CreateEnum
CREATE TYPE "login_as_end" AS ENUM ('exit', 'staff_logout', 'staff_off', 'permission_lost', 'customer_off', 'time_up', 'idle', 'replaced', 'never_entered');

-- CreateEnum
CREATE TYPE "invite_kind" AS ENUM ('single', 'reusable');

-- AlterTable
ALTER TABLE "customers" ADD COLUMN     "invite_id" UUID,
ADD COLUMN     "must_change_password" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "password_expires_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "ended_at" TIMESTAMPTZ(3),
ADD COLUMN     "login_as_id" UUID;

-- CreateTable
CREATE TABLE "login_as" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "staff_id" UUID NOT NULL,
    "mode" "login_as_mode" NOT NULL,
    "reason" TEXT NOT NULL,
    "portal_session" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "code_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "entered_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "ended_by" "login_as_end",
    "ip" INET,
    "user_agent" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "login_as_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "login_as_events" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "login_as_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "status" SMALLINT NOT NULL,

    CONSTRAINT "login_as_events_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "password_candidates" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "staff_id" UUID NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "password_candidates_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "invites" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "kind" "invite_kind" NOT NULL,
    "email" TEXT,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "credits" BIGINT NOT NULL DEFAULT 0,
    "max_uses" INTEGER,
    "uses" INTEGER NOT NULL DEFAULT 0,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "staff_id" UUID,
    "staff_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invites_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "login_as_reseller_id_code_hash_key" ON "login_as"("reseller_id", "code_hash");

-- CreateIndex
CREATE INDEX "login_as_reseller_id_customer_id_created_at_id_idx" ON "login_as"("reseller_id", "customer_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "login_as_portal_session_idx" ON "login_as"("portal_session");

-- CreateIndex
CREATE INDEX "login_as_reseller_id_staff_id_idx" ON "login_as"("reseller_id", "staff_id");

-- CreateIndex
CREATE INDEX "login_as_events_reseller_id_login_as_id_at_id_idx" ON "login_as_events"("reseller_id", "login_as_id", "at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "password_candidates_reseller_id_customer_id_staff_id_key" ON "password_candidates"("reseller_id", "customer_id", "staff_id");

-- CreateIndex
CREATE INDEX "invites_reseller_id_created_at_id_idx" ON "invites"("reseller_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "customers_email_idx" ON "customers"("email");

-- CreateIndex
CREATE INDEX "customers_reseller_id_invite_id_idx" ON "customers"("reseller_id", "invite_id");

-- AddForeignKey
ALTER TABLE "customers" ADD CONSTRAINT "customers_reseller_id_invite_id_fkey" FOREIGN KEY ("reseller_id", "invite_id") REFERENCES "invites"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "login_as" ADD CONSTRAINT "login_as_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "login_as_events" ADD CONSTRAINT "login_as_events_reseller_id_login_as_id_fkey" FOREIGN KEY ("reseller_id", "login_as_id") REFERENCES "login_as"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "password_candidates" ADD CONSTRAINT "password_candidates_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "invites" ADD CONSTRAINT "invites_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- From here on written by hand: what Prisma's schema cannot say.

ALTER TABLE "login_as"
  ADD CONSTRAINT "login_as_end_has_reason" CHECK (("ended_at" IS NULL) = ("ended_by" IS NULL)),
  ADD CONSTRAINT "login_as_half_hour" CHECK ("expires_at" <= "created_at" + interval '30 minutes 1 second');

ALTER TABLE "invites"
  ADD CONSTRAINT "invites_uses_within_limit" CHECK ("uses" >= 0 AND ("max_uses" IS NULL OR "uses" <= "max_uses")),
  ADD CONSTRAINT "invites_credits_not_negative" CHECK ("credits" >= 0),
  ADD CONSTRAINT "invites_email_lower" CHECK ("email" = lower("email"));

-- A session is a customer's also where a staff member sits in it.
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_login_as_in_console" CHECK ("login_as_id" IS NULL OR "customer_id" IS NOT NULL);

-- What was looked at under login-as is added to and never changed, like the audit log.
CREATE TRIGGER login_as_events_append_only BEFORE UPDATE OR DELETE ON "login_as_events" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER login_as_events_no_truncate BEFORE TRUNCATE ON "login_as_events" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A reseller has a reusable link from set-up on; those that were set up before get theirs here.
INSERT INTO "invites" ("reseller_id", "id", "kind", "staff_name", "expires_at")
SELECT "id", gen_random_uuid(), 'reusable', 'set-up', now() + interval '30 days' FROM "resellers";
