-- The search box needs trigrams; btree_gin lets the reseller stand first in that index.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "state" AS ENUM ('ON', 'OFF');

-- CreateEnum
CREATE TYPE "team_type" AS ENUM ('default', 'individual', 'enterprise');

-- CreateEnum
CREATE TYPE "billing_kind" AS ENUM ('individual', 'enterprise');

-- CreateEnum
CREATE TYPE "account" AS ENUM ('BALANCE', 'CREDITS');

-- CreateEnum
CREATE TYPE "posting_kind" AS ENUM ('refill', 'deduction', 'credits_set');

-- CreateEnum
CREATE TYPE "posting_reason" AS ENUM ('courtesy', 'billing_error', 'payment_received', 'refund', 'contract', 'other');

-- CreateEnum
CREATE TYPE "channel" AS ENUM ('bank_transfer', 'card', 'cash', 'cheque', 'crypto', 'other');

-- CreateEnum
CREATE TYPE "actor_kind" AS ENUM ('staff', 'customer', 'system', 'visitor');

-- CreateEnum
CREATE TYPE "registration_origin" AS ENUM ('staff', 'invite', 'import', 'demo');

-- CreateEnum
CREATE TYPE "link_purpose" AS ENUM ('set_password', 'verify_email');

-- CreateEnum
CREATE TYPE "link_delivery" AS ENUM ('mailed', 'copied');

-- CreateEnum
CREATE TYPE "mail_state" AS ENUM ('waiting', 'sent', 'failed', 'kept');

-- CreateTable
CREATE TABLE "resellers" (
    "id" VARCHAR(8) NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "address" TEXT NOT NULL DEFAULT '',
    "support_email" TEXT NOT NULL DEFAULT '',
    "currency" CHAR(3) NOT NULL,
    "currency_scale" SMALLINT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "sends_mail" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resellers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "roles" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "permissions" TEXT[],

    CONSTRAINT "roles_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "staff" (
    "id" UUID NOT NULL,
    "reseller_id" VARCHAR(8) NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role_id" TEXT NOT NULL,
    "state" "state" NOT NULL DEFAULT 'ON',
    "password_hash" TEXT,
    "last_login_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "staff_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "teams" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "type" "team_type" NOT NULL DEFAULT 'default',
    "owner_customer_id" VARCHAR(10),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "teams_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "billing_profiles" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "kind" "billing_kind" NOT NULL,
    "legal_name" TEXT NOT NULL,
    "company_name" TEXT,
    "tax_id" TEXT NOT NULL DEFAULT '',
    "address_line1" TEXT NOT NULL,
    "address_line2" TEXT NOT NULL DEFAULT '',
    "city" TEXT NOT NULL,
    "region" TEXT NOT NULL DEFAULT '',
    "postal_code" TEXT NOT NULL DEFAULT '',
    "country" CHAR(2) NOT NULL,
    "billing_email" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "billing_profiles_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "customers" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" VARCHAR(10) NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "phone" TEXT NOT NULL DEFAULT '',
    "external_reference" TEXT NOT NULL DEFAULT '',
    "team_id" UUID NOT NULL,
    "state" "state" NOT NULL DEFAULT 'ON',
    "state_reason" TEXT,
    "state_message" TEXT,
    "state_changed_at" TIMESTAMPTZ(3),
    "email_verified_at" TIMESTAMPTZ(3),
    "password_hash" TEXT,
    "balance" BIGINT NOT NULL DEFAULT 0,
    "balance_seq" BIGINT NOT NULL DEFAULT 0,
    "balance_hash" BYTEA,
    "credits" BIGINT NOT NULL DEFAULT 0,
    "credits_seq" BIGINT NOT NULL DEFAULT 0,
    "credits_hash" BYTEA,
    "version" INTEGER NOT NULL DEFAULT 1,
    "registered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "registered_via" "registration_origin" NOT NULL DEFAULT 'staff',
    "creation_key" TEXT,
    "last_login_at" TIMESTAMPTZ(3),

    CONSTRAINT "customers_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "customer_search" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" VARCHAR(10) NOT NULL,
    "words" TEXT NOT NULL,

    CONSTRAINT "customer_search_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "tags" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "colour" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tags_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "customer_tags" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "tag_id" UUID NOT NULL,

    CONSTRAINT "customer_tags_pkey" PRIMARY KEY ("reseller_id","customer_id","tag_id")
);

-- CreateTable
CREATE TABLE "postings" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "kind" "posting_kind" NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "reason" "posting_reason" NOT NULL,
    "comment" TEXT NOT NULL DEFAULT '',
    "note" TEXT NOT NULL DEFAULT '',
    "channel" "channel",
    "reference" TEXT,
    "receipt_key" TEXT,
    "text_salt" BYTEA NOT NULL,
    "text_digest" BYTEA NOT NULL,
    "actor_kind" "actor_kind" NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "for_customer_id" VARCHAR(10),
    "request_id" TEXT,
    "ip" INET,
    "reverses_id" UUID,
    "posted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "effective_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "postings_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "entries" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "posting_id" UUID NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "account" "account" NOT NULL,
    "seq" BIGINT NOT NULL,
    "amount" BIGINT NOT NULL,
    "before" BIGINT NOT NULL,
    "after" BIGINT NOT NULL,
    "floor" BIGINT NOT NULL,
    "posted_at" TIMESTAMPTZ(3) NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "entries_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "audit_rows" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deed" TEXT NOT NULL,
    "actor_kind" "actor_kind" NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "for_customer_id" VARCHAR(10),
    "customer_id" VARCHAR(10),
    "details" JSONB NOT NULL,
    "request_id" TEXT,
    "ip" INET,

    CONSTRAINT "audit_rows_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "one_time_links" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "purpose" "link_purpose" NOT NULL,
    "delivery" "link_delivery" NOT NULL,
    "staff_id" UUID,
    "customer_id" VARCHAR(10),
    "email" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "shown_at" TIMESTAMPTZ(3),

    CONSTRAINT "one_time_links_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "mails" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "to_email" TEXT NOT NULL,
    "customer_id" VARCHAR(10),
    "staff_id" UUID,
    "template" TEXT NOT NULL,
    "values" JSONB NOT NULL,
    "state" "mail_state" NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "mails_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "reseller_id" VARCHAR(8) NOT NULL,
    "staff_id" UUID,
    "customer_id" VARCHAR(10),
    "ip" INET,
    "user_agent" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "throttles" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "throttles_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "resellers_slug_key" ON "resellers"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "staff_email_key" ON "staff"("email");

-- CreateIndex
CREATE UNIQUE INDEX "staff_reseller_id_id_key" ON "staff"("reseller_id", "id");

-- CreateIndex
CREATE INDEX "teams_reseller_id_name_idx" ON "teams"("reseller_id", "name");

-- CreateIndex
CREATE INDEX "teams_reseller_id_type_idx" ON "teams"("reseller_id", "type");

-- CreateIndex
CREATE INDEX "customers_reseller_id_registered_at_id_idx" ON "customers"("reseller_id", "registered_at", "id");

-- CreateIndex
CREATE INDEX "customers_reseller_id_balance_id_idx" ON "customers"("reseller_id", "balance", "id");

-- CreateIndex
CREATE INDEX "customers_reseller_id_credits_id_idx" ON "customers"("reseller_id", "credits", "id");

-- CreateIndex
CREATE INDEX "customers_reseller_id_state_registered_at_id_idx" ON "customers"("reseller_id", "state", "registered_at", "id");

-- CreateIndex
CREATE INDEX "customers_reseller_id_team_id_idx" ON "customers"("reseller_id", "team_id");

-- CreateIndex
CREATE UNIQUE INDEX "customers_reseller_id_email_key" ON "customers"("reseller_id", "email");

-- CreateIndex
CREATE UNIQUE INDEX "customers_reseller_id_creation_key_key" ON "customers"("reseller_id", "creation_key");

-- CreateIndex
CREATE INDEX "customer_search_reseller_id_words_idx" ON "customer_search" USING GIN ("reseller_id" varchar_ops, "words" gin_trgm_ops);

-- CreateIndex
CREATE UNIQUE INDEX "tags_reseller_id_key_key" ON "tags"("reseller_id", "key");

-- CreateIndex
CREATE INDEX "customer_tags_reseller_id_tag_id_customer_id_idx" ON "customer_tags"("reseller_id", "tag_id", "customer_id");

-- CreateIndex
CREATE INDEX "postings_reseller_id_posted_at_id_idx" ON "postings"("reseller_id", "posted_at", "id");

-- CreateIndex
CREATE INDEX "postings_reseller_id_customer_id_posted_at_id_idx" ON "postings"("reseller_id", "customer_id", "posted_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "postings_reseller_id_key_key" ON "postings"("reseller_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "postings_reseller_id_reverses_id_key" ON "postings"("reseller_id", "reverses_id");

-- CreateIndex
CREATE UNIQUE INDEX "postings_reseller_id_receipt_key_key" ON "postings"("reseller_id", "receipt_key");

-- CreateIndex
CREATE INDEX "entries_reseller_id_customer_id_posted_at_id_idx" ON "entries"("reseller_id", "customer_id", "posted_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "entries_reseller_id_customer_id_account_seq_key" ON "entries"("reseller_id", "customer_id", "account", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "entries_reseller_id_posting_id_account_key" ON "entries"("reseller_id", "posting_id", "account");

-- CreateIndex
CREATE INDEX "audit_rows_reseller_id_at_id_idx" ON "audit_rows"("reseller_id", "at", "id");

-- CreateIndex
CREATE INDEX "audit_rows_reseller_id_customer_id_at_id_idx" ON "audit_rows"("reseller_id", "customer_id", "at", "id");

-- CreateIndex
CREATE INDEX "audit_rows_reseller_id_actor_id_at_id_idx" ON "audit_rows"("reseller_id", "actor_id", "at", "id");

-- CreateIndex
CREATE INDEX "audit_rows_reseller_id_deed_at_id_idx" ON "audit_rows"("reseller_id", "deed", "at", "id");

-- CreateIndex
CREATE INDEX "one_time_links_reseller_id_customer_id_idx" ON "one_time_links"("reseller_id", "customer_id");

-- CreateIndex
CREATE INDEX "one_time_links_reseller_id_staff_id_idx" ON "one_time_links"("reseller_id", "staff_id");

-- CreateIndex
CREATE INDEX "mails_reseller_id_created_at_id_idx" ON "mails"("reseller_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "mails_reseller_id_customer_id_created_at_id_idx" ON "mails"("reseller_id", "customer_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "sessions_staff_id_idx" ON "sessions"("staff_id");

-- CreateIndex
CREATE INDEX "sessions_reseller_id_customer_id_idx" ON "sessions"("reseller_id", "customer_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- AddForeignKey
ALTER TABLE "roles" ADD CONSTRAINT "roles_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "staff" ADD CONSTRAINT "staff_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "staff" ADD CONSTRAINT "staff_reseller_id_role_id_fkey" FOREIGN KEY ("reseller_id", "role_id") REFERENCES "roles"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "teams" ADD CONSTRAINT "teams_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "teams" ADD CONSTRAINT "teams_reseller_id_owner_customer_id_fkey" FOREIGN KEY ("reseller_id", "owner_customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "billing_profiles" ADD CONSTRAINT "billing_profiles_reseller_id_id_fkey" FOREIGN KEY ("reseller_id", "id") REFERENCES "teams"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "customers" ADD CONSTRAINT "customers_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "customers" ADD CONSTRAINT "customers_reseller_id_team_id_fkey" FOREIGN KEY ("reseller_id", "team_id") REFERENCES "teams"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "customer_search" ADD CONSTRAINT "customer_search_reseller_id_id_fkey" FOREIGN KEY ("reseller_id", "id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "tags" ADD CONSTRAINT "tags_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "customer_tags" ADD CONSTRAINT "customer_tags_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "customer_tags" ADD CONSTRAINT "customer_tags_reseller_id_tag_id_fkey" FOREIGN KEY ("reseller_id", "tag_id") REFERENCES "tags"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "postings" ADD CONSTRAINT "postings_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "postings" ADD CONSTRAINT "postings_reseller_id_reverses_id_fkey" FOREIGN KEY ("reseller_id", "reverses_id") REFERENCES "postings"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "entries" ADD CONSTRAINT "entries_reseller_id_posting_id_fkey" FOREIGN KEY ("reseller_id", "posting_id") REFERENCES "postings"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "entries" ADD CONSTRAINT "entries_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "one_time_links" ADD CONSTRAINT "one_time_links_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "one_time_links" ADD CONSTRAINT "one_time_links_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "mails" ADD CONSTRAINT "mails_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "mails" ADD CONSTRAINT "mails_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- From here on written by hand: what Prisma's schema cannot say.

-- Facts that a single row must keep.
ALTER TABLE "resellers"
  ADD CONSTRAINT "resellers_slug_form" CHECK ("slug" ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
  ADD CONSTRAINT "resellers_currency_form" CHECK ("currency" ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT "resellers_currency_scale_range" CHECK ("currency_scale" BETWEEN 0 AND 4);

ALTER TABLE "staff" ADD CONSTRAINT "staff_email_lower" CHECK ("email" = lower("email"));

ALTER TABLE "customers"
  ADD CONSTRAINT "customers_id_form" CHECK ("id" ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
  ADD CONSTRAINT "customers_email_lower" CHECK ("email" = lower("email")),
  ADD CONSTRAINT "customers_balance_chain" CHECK (("balance_seq" = 0) = ("balance_hash" IS NULL) AND ("balance_seq" > 0 OR "balance" = 0)),
  ADD CONSTRAINT "customers_credits_chain" CHECK (("credits_seq" = 0) = ("credits_hash" IS NULL) AND ("credits_seq" > 0 OR "credits" = 0)),
  ADD CONSTRAINT "customers_off_has_reason" CHECK ("state" = 'ON' OR "state_reason" IS NOT NULL);

ALTER TABLE "billing_profiles"
  ADD CONSTRAINT "billing_profiles_company" CHECK (("kind" = 'enterprise') = ("company_name" IS NOT NULL)),
  ADD CONSTRAINT "billing_profiles_country_form" CHECK ("country" ~ '^[A-Z]{2}$');

ALTER TABLE "one_time_links" ADD CONSTRAINT "one_time_links_one_person" CHECK (num_nonnulls("staff_id", "customer_id") = 1);
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_one_person" CHECK (num_nonnulls("staff_id", "customer_id") = 1);

-- Money.
ALTER TABLE "postings"
  ADD CONSTRAINT "postings_key_form" CHECK (length("key") BETWEEN 8 AND 128),
  ADD CONSTRAINT "postings_comment_required" CHECK ("comment" <> '' OR ("reason" <> 'other' AND "kind" <> 'deduction')),
  ADD CONSTRAINT "postings_receipt_named" CHECK ("reason" <> 'payment_received' OR ("channel" IS NOT NULL AND "reference" IS NOT NULL)),
  ADD CONSTRAINT "postings_digests" CHECK (length("text_salt") = 16 AND length("text_digest") = 32);

ALTER TABLE "entries"
  ADD CONSTRAINT "entries_sum" CHECK ("after" = "before" + "amount"),
  ADD CONSTRAINT "entries_floor" CHECK ("amount" > 0 OR "after" >= "floor"),
  ADD CONSTRAINT "entries_amount_not_zero" CHECK ("amount" <> 0),
  ADD CONSTRAINT "entries_seq_positive" CHECK ("seq" > 0),
  ADD CONSTRAINT "entries_hash_length" CHECK (length("hash") = 32);

-- Ledger and audit log are added to, never changed, whoever is connected.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: rows there are only added', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER postings_append_only BEFORE UPDATE OR DELETE ON "postings" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER postings_no_truncate BEFORE TRUNCATE ON "postings" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON "entries" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON "entries" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_rows_append_only BEFORE UPDATE OR DELETE ON "audit_rows" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_rows_no_truncate BEFORE TRUNCATE ON "audit_rows" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Amounts are stored in the currency's smallest unit: once there is one, the currency stays.
CREATE FUNCTION refuse_currency_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "postings" WHERE "reseller_id" = NEW."id") THEN
    RAISE EXCEPTION 'the currency of % is fixed by its first posting', NEW."id" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER resellers_currency_fixed BEFORE UPDATE OF "currency", "currency_scale" ON "resellers" FOR EACH ROW
  WHEN (OLD."currency" IS DISTINCT FROM NEW."currency" OR OLD."currency_scale" IS DISTINCT FROM NEW."currency_scale")
  EXECUTE FUNCTION refuse_currency_change();

-- The words of the search box follow the facts they are made of. A line break keeps one fact's end from matching with
-- the next one's beginning.
CREATE FUNCTION search_words("of_customer" "customers") RETURNS text LANGUAGE sql STABLE AS $$
  SELECT lower(concat_ws(E'\n', of_customer."email", t."name", b."company_name", of_customer."id", of_customer."external_reference"))
  FROM "teams" t
  LEFT JOIN "billing_profiles" b ON b."reseller_id" = t."reseller_id" AND b."id" = t."id"
  WHERE t."reseller_id" = of_customer."reseller_id" AND t."id" = of_customer."team_id"
$$;

CREATE FUNCTION refresh_customer_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "customer_search" ("reseller_id", "id", "words") VALUES (NEW."reseller_id", NEW."id", search_words(NEW))
  ON CONFLICT ("reseller_id", "id") DO UPDATE SET "words" = EXCLUDED."words";
  RETURN NULL;
END
$$;

CREATE FUNCTION refresh_team_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  UPDATE "customer_search" s SET "words" = search_words(c)
  FROM "customers" c
  WHERE c."reseller_id" = changed."reseller_id" AND c."team_id" = changed."id"
    AND s."reseller_id" = c."reseller_id" AND s."id" = c."id";
  RETURN NULL;
END
$$;

CREATE TRIGGER customers_search AFTER INSERT OR UPDATE OF "email", "external_reference", "team_id" ON "customers"
  FOR EACH ROW EXECUTE FUNCTION refresh_customer_search();
CREATE TRIGGER teams_search AFTER UPDATE OF "name" ON "teams" FOR EACH ROW EXECUTE FUNCTION refresh_team_search();
CREATE TRIGGER billing_profiles_search AFTER INSERT OR DELETE OR UPDATE OF "company_name" ON "billing_profiles"
  FOR EACH ROW EXECUTE FUNCTION refresh_team_search();
