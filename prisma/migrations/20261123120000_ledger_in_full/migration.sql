-- CreateEnum
CREATE TYPE "credit_category" AS ENUM ('promotional', 'paid');

-- CreateEnum
CREATE TYPE "waiting_state" AS ENUM ('waiting', 'approved', 'rejected', 'expired');

-- AlterEnum
ALTER TYPE "posting_kind" ADD VALUE 'charge';
ALTER TYPE "posting_kind" ADD VALUE 'reversal';
ALTER TYPE "posting_kind" ADD VALUE 'expiry';

-- AlterTable
ALTER TABLE "customers" ADD COLUMN     "low_balance_threshold" BIGINT,
ADD COLUMN     "overdraft" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "postings" ADD COLUMN     "limit_staff_id" UUID,
ALTER COLUMN "reason" DROP NOT NULL;

-- AlterTable
ALTER TABLE "resellers" ADD COLUMN     "low_balance_threshold" BIGINT,
ADD COLUMN     "low_balance_to_customer" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "low_balance_to_staff" BOOLEAN NOT NULL DEFAULT true;

-- AlterTable
ALTER TABLE "roles" ADD COLUMN     "approval_above" BIGINT,
ADD COLUMN     "day_max" BIGINT,
ADD COLUMN     "entry_max" BIGINT;

-- CreateTable
CREATE TABLE "credit_grants" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "posting_id" UUID,
    "category" "credit_category" NOT NULL,
    "amount" BIGINT NOT NULL,
    "remaining" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credit_grants_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "grant_movements" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "posting_id" UUID NOT NULL,
    "grant_id" UUID NOT NULL,
    "amount" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "grant_movements_pkey" PRIMARY KEY ("reseller_id","posting_id","grant_id")
);

-- CreateTable
CREATE TABLE "waiting_postings" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "kind" "posting_kind" NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "receipt_key" TEXT,
    "amount" BIGINT NOT NULL,
    "facts" JSONB NOT NULL,
    "maker_id" UUID NOT NULL,
    "maker_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "state" "waiting_state" NOT NULL DEFAULT 'waiting',
    "decider_id" UUID,
    "decider_name" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "comment" TEXT NOT NULL DEFAULT '',
    "posting_id" UUID,
    "announced_at" TIMESTAMPTZ(3),
    "told_at" TIMESTAMPTZ(3),

    CONSTRAINT "waiting_postings_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateTable
CREATE TABLE "low_balance_alerts" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "posting_id" UUID NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "threshold" BIGINT NOT NULL,
    "balance" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "mailed_at" TIMESTAMPTZ(3),

    CONSTRAINT "low_balance_alerts_pkey" PRIMARY KEY ("reseller_id","posting_id")
);

-- CreateTable
CREATE TABLE "ledger_checks" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_name" TEXT NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "entries" BIGINT NOT NULL DEFAULT 0,
    "broken" TEXT,

    CONSTRAINT "ledger_checks_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateIndex
CREATE INDEX "credit_grants_reseller_id_customer_id_created_at_id_idx" ON "credit_grants"("reseller_id", "customer_id", "created_at", "id");

-- CreateIndex
-- Only what is left of a grant can expire, so the index stays as small as that. (Prisma's schema cannot say WHERE.)
CREATE INDEX "credit_grants_expires_at_idx" ON "credit_grants"("expires_at") WHERE "remaining" > 0;

-- CreateIndex
CREATE INDEX "low_balance_alerts_at_idx" ON "low_balance_alerts"("at") WHERE "mailed_at" IS NULL;

-- CreateIndex
CREATE INDEX "grant_movements_reseller_id_grant_id_at_idx" ON "grant_movements"("reseller_id", "grant_id", "at");

-- CreateIndex
CREATE INDEX "waiting_postings_reseller_id_state_created_at_id_idx" ON "waiting_postings"("reseller_id", "state", "created_at", "id");

-- CreateIndex
-- What the jobs look for: what is to be announced, what is over, and what came of it; each index holds what is still to be done.
CREATE INDEX "waiting_postings_created_at_idx" ON "waiting_postings"("created_at") WHERE "announced_at" IS NULL;

-- CreateIndex
CREATE INDEX "waiting_postings_expires_at_idx" ON "waiting_postings"("expires_at") WHERE "state" = 'waiting';

-- CreateIndex
CREATE INDEX "waiting_postings_decided_at_idx" ON "waiting_postings"("decided_at") WHERE "told_at" IS NULL AND "state" <> 'waiting';

-- CreateIndex
CREATE INDEX "waiting_postings_reseller_id_customer_id_idx" ON "waiting_postings"("reseller_id", "customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "waiting_postings_reseller_id_key_key" ON "waiting_postings"("reseller_id", "key");

-- CreateIndex
CREATE INDEX "ledger_checks_reseller_id_at_idx" ON "ledger_checks"("reseller_id", "at");

-- CreateIndex
CREATE INDEX "entries_reseller_id_posted_at_id_idx" ON "entries"("reseller_id", "posted_at", "id");

-- CreateIndex
CREATE INDEX "postings_reseller_id_limit_staff_id_posted_at_idx" ON "postings"("reseller_id", "limit_staff_id", "posted_at");

-- CreateIndex
-- Each of these finds what is rare among very many charges, which have neither reason nor channel. (Prisma's schema cannot say WHERE.)
CREATE INDEX "postings_reseller_id_kind_posted_at_idx" ON "postings"("reseller_id", "kind", "posted_at");
CREATE INDEX "postings_reseller_id_reason_posted_at_idx" ON "postings"("reseller_id", "reason", "posted_at") WHERE "reason" IS NOT NULL;
CREATE INDEX "postings_reseller_id_channel_posted_at_idx" ON "postings"("reseller_id", "channel", "posted_at") WHERE "channel" IS NOT NULL;
CREATE INDEX "postings_reseller_id_reference_posted_at_idx" ON "postings"("reseller_id", "reference", "posted_at") WHERE "reference" IS NOT NULL;

-- CreateIndex
-- A file of charges may name customers by their external reference. (Prisma's schema cannot say WHERE.)
CREATE INDEX "customers_reseller_id_external_reference_idx" ON "customers"("reseller_id", "external_reference") WHERE "external_reference" <> '';

-- AddForeignKey
ALTER TABLE "credit_grants" ADD CONSTRAINT "credit_grants_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "credit_grants" ADD CONSTRAINT "credit_grants_reseller_id_posting_id_fkey" FOREIGN KEY ("reseller_id", "posting_id") REFERENCES "postings"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "grant_movements" ADD CONSTRAINT "grant_movements_reseller_id_posting_id_fkey" FOREIGN KEY ("reseller_id", "posting_id") REFERENCES "postings"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "grant_movements" ADD CONSTRAINT "grant_movements_reseller_id_grant_id_fkey" FOREIGN KEY ("reseller_id", "grant_id") REFERENCES "credit_grants"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "waiting_postings" ADD CONSTRAINT "waiting_postings_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "waiting_postings" ADD CONSTRAINT "waiting_postings_reseller_id_posting_id_fkey" FOREIGN KEY ("reseller_id", "posting_id") REFERENCES "postings"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "low_balance_alerts" ADD CONSTRAINT "low_balance_alerts_reseller_id_posting_id_fkey" FOREIGN KEY ("reseller_id", "posting_id") REFERENCES "postings"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "low_balance_alerts" ADD CONSTRAINT "low_balance_alerts_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "ledger_checks" ADD CONSTRAINT "ledger_checks_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- From here on written by hand: what Prisma's schema cannot say.

-- Each role that may post may do so with another's: approve, and set overdrafts. Verifying is the Owner's and the Auditor's.
UPDATE "roles" SET "permissions" = "permissions" || '{money.approve,money.overdraft}' WHERE "id" IN ('owner', 'admin', 'finance');
UPDATE "roles" SET "permissions" = "permissions" || '{ledger.verify}' WHERE "id" IN ('owner', 'auditor');

-- The kinds are compared as texts: a value that is new to an enum cannot be used in the transaction that adds it.
ALTER TABLE "postings"
  ADD CONSTRAINT "postings_reason_given" CHECK ("reason" IS NOT NULL OR "kind"::text IN ('charge', 'expiry')),
  ADD CONSTRAINT "postings_reversal_names" CHECK (("kind"::text = 'reversal') = ("reverses_id" IS NOT NULL));

ALTER TABLE "customers" ADD CONSTRAINT "customers_overdraft_not_negative" CHECK ("overdraft" >= 0);

ALTER TABLE "roles" ADD CONSTRAINT "roles_limits_positive"
  CHECK ("entry_max" > 0 AND "day_max" > 0 AND "approval_above" >= 0);

ALTER TABLE "credit_grants"
  ADD CONSTRAINT "credit_grants_amount_positive" CHECK ("amount" > 0),
  ADD CONSTRAINT "credit_grants_remaining_range" CHECK ("remaining" BETWEEN 0 AND "amount");

ALTER TABLE "grant_movements" ADD CONSTRAINT "grant_movements_amount_not_zero" CHECK ("amount" <> 0);

ALTER TABLE "waiting_postings"
  ADD CONSTRAINT "waiting_postings_amount_positive" CHECK ("amount" > 0),
  ADD CONSTRAINT "waiting_postings_decided" CHECK (("state" IN ('approved', 'rejected')) = ("decider_id" IS NOT NULL) AND ("state" = 'approved') = ("posting_id" IS NOT NULL)),
  ADD CONSTRAINT "waiting_postings_two_people" CHECK ("decider_id" <> "maker_id" OR "state" = 'rejected');

CREATE TRIGGER grant_movements_append_only BEFORE UPDATE OR DELETE ON "grant_movements" FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grant_movements_no_truncate BEFORE TRUNCATE ON "grant_movements" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Of a grant, only what is left of it changes, and only together with a movement (see post_to_ledger).
CREATE FUNCTION refuse_grant_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD."reseller_id", OLD."id", OLD."customer_id", OLD."posting_id", OLD."category", OLD."amount", OLD."expires_at", OLD."created_at")
     IS NOT DISTINCT FROM (NEW."reseller_id", NEW."id", NEW."customer_id", NEW."posting_id", NEW."category", NEW."amount", NEW."expires_at", NEW."created_at") THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: of a grant, only what is left of it changes', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER credit_grants_append_only BEFORE UPDATE OR DELETE ON "credit_grants" FOR EACH ROW EXECUTE FUNCTION refuse_grant_change();
CREATE TRIGGER credit_grants_no_truncate BEFORE TRUNCATE ON "credit_grants" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What staff have posted so far was on their own account. The one column is new, and no hash has it in.
ALTER TABLE "postings" DISABLE TRIGGER postings_append_only;
UPDATE "postings" SET "limit_staff_id" = "actor_id"::uuid WHERE "actor_kind" = 'staff';
ALTER TABLE "postings" ENABLE TRIGGER postings_append_only;

-- Of a posting that waits, what was entered stays as it was entered, and it is decided once. What it is about is known from then on to
-- be what a second person saw; the jobs write down whom they have told.
CREATE FUNCTION refuse_waiting_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND (OLD."reseller_id", OLD."id", OLD."customer_id", OLD."kind", OLD."key", OLD."fingerprint", OLD."receipt_key", OLD."amount", OLD."facts", OLD."maker_id", OLD."maker_name", OLD."created_at", OLD."expires_at")
     IS NOT DISTINCT FROM (NEW."reseller_id", NEW."id", NEW."customer_id", NEW."kind", NEW."key", NEW."fingerprint", NEW."receipt_key", NEW."amount", NEW."facts", NEW."maker_id", NEW."maker_name", NEW."created_at", NEW."expires_at")
     AND (OLD."state" = 'waiting'
       OR (OLD."state", OLD."decider_id", OLD."decider_name", OLD."decided_at", OLD."comment", OLD."posting_id")
       IS NOT DISTINCT FROM (NEW."state", NEW."decider_id", NEW."decider_name", NEW."decided_at", NEW."comment", NEW."posting_id")) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: what waits is decided once, and nothing else about it changes', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER waiting_postings_append_only BEFORE UPDATE OR DELETE ON "waiting_postings" FOR EACH ROW EXECUTE FUNCTION refuse_waiting_change();
CREATE TRIGGER waiting_postings_no_truncate BEFORE TRUNCATE ON "waiting_postings" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Credits that were there before grants existed are one grant each, which lasts.
INSERT INTO "credit_grants" ("reseller_id", "id", "customer_id", "category", "amount", "remaining")
SELECT "reseller_id", gen_random_uuid(), "id", 'promotional', "credits", "credits" FROM "customers" WHERE "credits" > 0;

-- Adds one entry to an account whose customer is locked by the caller, and moves the account on the customer's row. The hash is
-- SHA-256 over the previous entry's and a line of facts, whose first one is its version. Texts that people write stand in it as their
-- salted digest, so that they can be erased later.
CREATE FUNCTION add_entry("the_posting" "postings", "the_id" uuid, "the_account" "account", "the_amount" bigint, "the_floor" bigint) RETURNS "entries" LANGUAGE plpgsql AS $$
DECLARE
  p "postings" := the_posting;
  state record;
  added "entries";
BEGIN
  SELECT CASE the_account WHEN 'BALANCE' THEN c.balance ELSE c.credits END AS before,
         CASE the_account WHEN 'BALANCE' THEN c.balance_seq ELSE c.credits_seq END + 1 AS seq,
         CASE the_account WHEN 'BALANCE' THEN c.balance_hash ELSE c.credits_hash END AS hash
    INTO STRICT state FROM customers c WHERE c.reseller_id = p.reseller_id AND c.id = p.customer_id;
  INSERT INTO entries (reseller_id, id, posting_id, customer_id, account, seq, amount, before, after, floor, posted_at, hash)
  VALUES (p.reseller_id, the_id, p.id, p.customer_id, the_account, state.seq, the_amount, state.before, state.before + the_amount, the_floor, p.posted_at,
    sha256(coalesce(state.hash, ''::bytea) || convert_to(concat_ws('|',
      'v1', p.reseller_id, p.customer_id, the_account, state.seq, p.id, p.kind, the_amount, state.before, state.before + the_amount, the_floor,
      p.key, p.fingerprint, coalesce(p.reason::text, ''), coalesce(p.channel::text, ''), encode(p.text_digest, 'hex'), p.actor_kind,
      coalesce(p.actor_id, ''), coalesce(p.for_customer_id, ''), coalesce(p.reverses_id::text, ''),
      (extract(epoch from p.posted_at) * 1000)::bigint, (extract(epoch from p.effective_at) * 1000)::bigint
    ), 'UTF8')))
  RETURNING * INTO added;
  IF the_account = 'BALANCE' THEN
    UPDATE customers SET balance = added.after, balance_seq = added.seq, balance_hash = added.hash WHERE reseller_id = p.reseller_id AND id = p.customer_id;
  ELSE
    UPDATE customers SET credits = added.after, credits_seq = added.seq, credits_hash = added.hash WHERE reseller_id = p.reseller_id AND id = p.customer_id;
  END IF;
  RETURN added;
END
$$;

-- Changes what is left of a grant, and writes down by which posting.
CREATE FUNCTION move_grant("the_posting" "postings", "the_grant" uuid, "the_amount" bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE credit_grants SET remaining = remaining + the_amount WHERE reseller_id = (the_posting).reseller_id AND id = the_grant;
  INSERT INTO grant_movements (reseller_id, posting_id, grant_id, amount, at)
  VALUES ((the_posting).reseller_id, (the_posting).id, the_grant, the_amount, (the_posting).posted_at);
$$;

-- Takes an amount from a customer's grants: as they are spent (the soonest to expire first, then promotional before paid, then the oldest),
-- or, where credits are lowered, from the ones that would be spent last. What is asked for has to be there.
CREATE FUNCTION take_from_grants("the_posting" "postings", "the_amount" bigint, "spent_last_first" boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wanted bigint := the_amount;
  g record;
  ways integer := CASE WHEN spent_last_first THEN -1 ELSE 1 END;
BEGIN
  FOR g IN
    SELECT id, remaining FROM credit_grants
    WHERE reseller_id = the_posting.reseller_id AND customer_id = the_posting.customer_id AND remaining > 0
    ORDER BY ways * extract(epoch from coalesce(expires_at, 'infinity')), ways * CASE category WHEN 'promotional' THEN 0 ELSE 1 END,
             ways * extract(epoch from created_at), CASE WHEN spent_last_first THEN NULL ELSE id END, id DESC
  LOOP
    EXIT WHEN wanted = 0;
    PERFORM move_grant(the_posting, g.id, -least(wanted, g.remaining));
    wanted := wanted - least(wanted, g.remaining);
  END LOOP;
  IF wanted > 0 THEN
    RAISE EXCEPTION 'the grants of % lack % of what its credits are', the_posting.customer_id, wanted USING ERRCODE = 'check_violation';
  END IF;
END
$$;

-- Expires what is left of a customer's grants whose time is over, as one posting by the system; gives the amount. The caller has locked the
-- customer. `ids`: of the posting, its entry and its audit row.
CREATE FUNCTION expire_grants("the_reseller" text, "the_customer" text, "moment" timestamptz, "ids" uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  due bigint;
  salt bytea := decode(replace(gen_random_uuid()::text, '-', ''), 'hex');
  p "postings";
  e "entries";
  g record;
BEGIN
  SELECT sum(remaining) INTO due FROM credit_grants
  WHERE reseller_id = the_reseller AND customer_id = the_customer AND remaining > 0 AND expires_at <= moment;
  IF due IS NULL THEN RETURN 0; END IF;
  INSERT INTO postings (reseller_id, id, customer_id, kind, key, fingerprint, text_salt, text_digest, actor_kind, actor_name, posted_at, effective_at)
  VALUES (the_reseller, ids[1], the_customer, 'expiry', 'expiry:' || ids[1], 'expiry', salt, sha256(salt || convert_to('["","",""]', 'UTF8')),
          'system', 'expiry', moment, moment)
  RETURNING * INTO p;
  e := add_entry(p, ids[2], 'CREDITS', -due, 0);
  FOR g IN
    SELECT id, remaining FROM credit_grants
    WHERE reseller_id = the_reseller AND customer_id = the_customer AND remaining > 0 AND expires_at <= moment
  LOOP
    PERFORM move_grant(p, g.id, -g.remaining);
  END LOOP;
  INSERT INTO audit_rows (reseller_id, id, at, deed, actor_kind, actor_name, customer_id, details)
  VALUES (the_reseller, ids[3], moment, 'credits.expired', 'system', 'expiry', the_customer,
          jsonb_build_object('amount', due::text, 'before', e.before::text, 'after', e.after::text, 'posting', p.id));
  RETURN due;
END
$$;

-- What a posting did, as it is told again and again under its key.
CREATE FUNCTION posting_told("the_posting" "postings") RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', (the_posting).id, 'fingerprint', (the_posting).fingerprint, 'entries', coalesce((
    SELECT jsonb_agg(jsonb_build_object('account', e.account, 'amount', e.amount::text, 'before', e.before::text, 'after', e.after::text) ORDER BY e.account DESC)
    FROM entries e WHERE e.reseller_id = (the_posting).reseller_id AND e.posting_id = (the_posting).id), '[]'))
$$;

-- Books one deed upon a customer's money, whole or not at all, and answers with what came of it: its "outcome" and the facts that its sentence needs.
--
-- It locks the customer first (for no key update: rows that name the customer may still be added meanwhile); each statement after that sees
-- what was committed while it waited. A key or receipt that another customer's posting takes at the same moment is refused by a unique
-- constraint (23505); the caller asks again and then finds it.
--
-- Before anything else the key is looked up: what it once did is told again. Then, in this order: a decision upon a waiting posting (by
-- another person than its maker, who may approve at this moment), whether the staff member on whose account it is may post at all, a receipt booked before, what the deed
-- moves, the floors, that staff member's limits, and whether it has to wait for a second person. On approval all of it is looked at anew.
CREATE FUNCTION post_to_ledger("the_reseller" text, "the_customer" text, "the_key" text, "the_receipt" text, "facts" jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  -- Nothing is booked that would lift an account above this; minor units. Far above any business, far below a bigint's end.
  account_max CONSTANT bigint := 100000000000000000;
  f record;
  limits record;
  c "customers";
  p "postings";
  first "postings";
  reversed "postings";
  waits "waiting_postings";
  e record;
  moves_balance bigint := 0;
  moves_credits bigint := 0;
  size bigint;
  spent bigint;
  threshold bigint;
  moment timestamptz(3);
  now_in text;
BEGIN
  SELECT * INTO f FROM jsonb_to_record(facts) AS fact (
    posting_id uuid, entry_ids uuid[], audit_id uuid, spare_ids uuid[], kind posting_kind, deed text, fingerprint text,
    amount bigint, target bigint, seen bigint, reverses uuid, grant_id uuid, category credit_category, grant_expires_at timestamptz(3),
    reason posting_reason, comment text, note text, channel channel, reference text, text_salt bytea, text_digest bytea,
    actor_kind actor_kind, actor_id text, actor_name text, for_customer_id text, request_id text, ip inet,
    told_at timestamptz(3), effective_at timestamptz(3), limit_staff_id uuid, currency text, receipt_confirmed boolean,
    waiting_id uuid, approves uuid, decider_id uuid, decider_name text, decision text, decider_request_id text, decider_ip inet);

  SELECT * INTO c FROM customers WHERE reseller_id = the_reseller AND id = the_customer FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'missing'); END IF;
  -- Never before what is booked already, also where the server's clock was set back.
  moment := coalesce(f.told_at, greatest(clock_timestamp(), (
    SELECT max(posted_at) FROM entries WHERE reseller_id = the_reseller AND customer_id = the_customer)));

  IF f.limit_staff_id IS NOT NULL THEN
    FOR round IN 1..2 LOOP
      SELECT r.entry_max, r.day_max, r.approval_above, s.state = 'ON' AND 'money.post' = ANY (r.permissions) AS may_post, s.email INTO limits
      FROM staff s JOIN roles r ON r.reseller_id = s.reseller_id AND r.id = s.role_id
      WHERE s.reseller_id = the_reseller AND s.id = f.limit_staff_id;
      EXIT WHEN limits.day_max IS NULL OR round = 2;
      -- One person's postings are added up one after the other; those of others, and of people without such a limit, do not wait. Whoever has
      -- waited asks again what this person may. Nothing is locked after this, so nobody can wait in a circle.
      PERFORM pg_advisory_xact_lock(hashtextextended('day limit ' || f.limit_staff_id, 0));
    END LOOP;
  END IF;

  SELECT * INTO first FROM postings WHERE reseller_id = the_reseller AND key = the_key;
  IF FOUND THEN RETURN jsonb_build_object('outcome', 'same_key', 'posting', posting_told(first)); END IF;

  SELECT * INTO waits FROM waiting_postings WHERE reseller_id = the_reseller AND key = the_key FOR UPDATE;
  IF FOUND AND f.approves IS DISTINCT FROM waits.id THEN
    RETURN jsonb_build_object('outcome', 'waits', 'fresh', false, 'waiting', waits.id, 'state', waits.state, 'fingerprint', waits.fingerprint);
  END IF;
  IF f.approves IS NOT NULL AND (waits.id IS NULL OR waits.state <> 'waiting' OR waits.expires_at <= moment) THEN
    RETURN jsonb_build_object('outcome', 'decided', 'state', CASE WHEN waits.state = 'waiting' THEN 'expired' ELSE waits.state END);
  END IF;
  IF f.approves IS NOT NULL AND f.decider_id = waits.maker_id THEN RETURN jsonb_build_object('outcome', 'own'); END IF;
  IF f.approves IS NOT NULL AND NOT EXISTS (
    SELECT FROM staff s JOIN roles r ON r.reseller_id = s.reseller_id AND r.id = s.role_id
    WHERE s.reseller_id = the_reseller AND s.id = f.decider_id AND s.state = 'ON' AND 'money.approve' = ANY (r.permissions)
  ) THEN
    RETURN jsonb_build_object('outcome', 'may_not_approve');
  END IF;
  IF f.limit_staff_id IS NOT NULL THEN
    IF limits.may_post IS NOT TRUE THEN RETURN jsonb_build_object('outcome', 'may_not_post'); END IF;
  END IF;

  -- Until a customer's first entry the currency in which the sum was entered may have been changed; changing it locks the reseller's row.
  IF c.balance_seq = 0 AND c.credits_seq = 0 THEN
    SELECT currency INTO STRICT now_in FROM resellers WHERE id = the_reseller FOR KEY SHARE;
    IF now_in <> f.currency THEN RETURN jsonb_build_object('outcome', 'currency_changed', 'currency', now_in); END IF;
  END IF;

  SELECT * INTO first FROM postings WHERE reseller_id = the_reseller AND receipt_key = the_receipt;
  IF FOUND THEN
    -- What the maker confirmed was a duplicate of that time, and is for the second person to see: on approval a new one is refused.
    IF f.receipt_confirmed IS NOT TRUE OR f.approves IS NOT NULL THEN
      RETURN jsonb_build_object('outcome', 'same_receipt', 'duplicate', first.id, 'customer', first.customer_id);
    END IF;
    the_receipt := NULL;
  END IF;

  IF f.kind IN ('credits_set', 'charge', 'reversal') AND expire_grants(the_reseller, the_customer, moment, f.spare_ids[1:3]) > 0 THEN
    SELECT * INTO c FROM customers WHERE reseller_id = the_reseller AND id = the_customer;
  END IF;

  CASE f.kind
    WHEN 'refill', 'deduction' THEN
      moves_balance := f.amount;
    WHEN 'credits_set' THEN
      IF f.seen <> c.credits THEN RETURN jsonb_build_object('outcome', 'moved', 'now', c.credits::text); END IF;
      moves_credits := f.target - c.credits;
      IF moves_credits = 0 THEN RETURN jsonb_build_object('outcome', 'same', 'now', c.credits::text); END IF;
      IF moves_credits > 0 AND f.grant_expires_at <= moment THEN RETURN jsonb_build_object('outcome', 'grant_over'); END IF;
    WHEN 'charge' THEN
      moves_credits := -least(c.credits, f.amount);
      moves_balance := -(f.amount + moves_credits);
    WHEN 'reversal' THEN
      SELECT * INTO reversed FROM postings WHERE reseller_id = the_reseller AND id = f.reverses AND customer_id = the_customer;
      IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'missing'); END IF;
      IF reversed.kind IN ('reversal', 'expiry') THEN
        RETURN jsonb_build_object('outcome', 'irreversible', 'kind', reversed.kind);
      END IF;
      SELECT * INTO first FROM postings WHERE reseller_id = the_reseller AND reverses_id = f.reverses;
      IF FOUND THEN RETURN jsonb_build_object('outcome', 'reversed', 'by', first.id); END IF;
      IF grant_has_expired(reversed) THEN RETURN jsonb_build_object('outcome', 'granted_expired'); END IF;
      SELECT coalesce(-sum(amount) FILTER (WHERE account = 'BALANCE'), 0), coalesce(-sum(amount) FILTER (WHERE account = 'CREDITS'), 0)
        INTO moves_balance, moves_credits FROM entries WHERE reseller_id = the_reseller AND posting_id = f.reverses;
  END CASE;

  IF moves_credits < 0 AND c.credits + moves_credits < 0 THEN
    RETURN jsonb_build_object('outcome', 'short', 'account', 'CREDITS', 'available', c.credits::text, 'now', c.credits::text);
  END IF;
  IF moves_balance < 0 AND c.balance + moves_balance < -c.overdraft THEN
    RETURN jsonb_build_object('outcome', 'short', 'account', 'BALANCE', 'now', c.balance::text,
      'available', (greatest(c.balance + c.overdraft, 0) + CASE f.kind WHEN 'charge' THEN c.credits ELSE 0 END)::text);
  END IF;
  IF c.balance + moves_balance > account_max OR c.credits + moves_credits > account_max THEN
    RETURN jsonb_build_object('outcome', 'too_large', 'now', CASE WHEN moves_balance = 0 THEN c.credits ELSE c.balance END::text);
  END IF;

  size := abs(moves_balance) + abs(moves_credits);
  IF f.limit_staff_id IS NOT NULL THEN
    IF size > limits.entry_max THEN
      RETURN jsonb_build_object('outcome', 'above_entry_limit', 'limit', limits.entry_max::text);
    END IF;
    IF limits.day_max IS NOT NULL THEN
      SELECT coalesce(sum(abs(n.amount)), 0) INTO spent
      FROM postings o JOIN entries n ON n.reseller_id = o.reseller_id AND n.posting_id = o.id
      WHERE o.reseller_id = the_reseller AND o.limit_staff_id = f.limit_staff_id AND o.posted_at > moment - interval '24 hours';
      IF spent + size > limits.day_max THEN
        RETURN jsonb_build_object('outcome', 'above_day_limit', 'limit', limits.day_max::text, 'left', greatest(limits.day_max - spent, 0)::text);
      END IF;
    END IF;
    IF size > limits.approval_above AND f.approves IS NULL THEN
      INSERT INTO waiting_postings (reseller_id, id, customer_id, kind, key, fingerprint, receipt_key, amount, facts, maker_id, maker_name, created_at, expires_at)
      VALUES (the_reseller, f.waiting_id, the_customer, f.kind, the_key, f.fingerprint, the_receipt, size, facts, f.limit_staff_id, limits.email, moment,
              moment + interval '72 hours');
      INSERT INTO audit_rows (reseller_id, id, at, deed, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip)
      VALUES (the_reseller, f.audit_id, moment, 'posting.waits', f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, the_customer,
              jsonb_build_object('kind', f.kind, 'amount', size::text, 'waiting', f.waiting_id), f.request_id, f.ip);
      RETURN jsonb_build_object('outcome', 'waits', 'fresh', true, 'waiting', f.waiting_id, 'state', 'waiting', 'fingerprint', f.fingerprint);
    END IF;
  END IF;

  INSERT INTO postings (reseller_id, id, customer_id, kind, key, fingerprint, reason, comment, note, channel, reference, receipt_key, text_salt, text_digest,
                        actor_kind, actor_id, actor_name, for_customer_id, request_id, ip, reverses_id, limit_staff_id, posted_at, effective_at)
  VALUES (the_reseller, f.posting_id, the_customer, f.kind, the_key, f.fingerprint, f.reason, f.comment, f.note, f.channel, f.reference, the_receipt, f.text_salt,
          f.text_digest, f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, f.request_id, f.ip, f.reverses, f.limit_staff_id, moment,
          coalesce(f.effective_at, moment))
  RETURNING * INTO p;

  IF moves_credits <> 0 THEN
    PERFORM add_entry(p, f.entry_ids[1], 'CREDITS', moves_credits, 0);
    IF f.kind = 'credits_set' AND moves_credits > 0 THEN
      INSERT INTO credit_grants (reseller_id, id, customer_id, posting_id, category, amount, remaining, expires_at, created_at)
      VALUES (the_reseller, f.grant_id, the_customer, p.id, coalesce(f.category, 'promotional'), moves_credits, 0, f.grant_expires_at, moment);
      PERFORM move_grant(p, f.grant_id, moves_credits);
    ELSIF f.kind <> 'reversal' THEN
      PERFORM take_from_grants(p, -moves_credits, f.kind = 'credits_set');
    ELSE
      PERFORM reverse_grants(p, moves_credits, f.grant_id);
    END IF;
  END IF;
  IF moves_balance <> 0 THEN
    PERFORM add_entry(p, f.entry_ids[2], 'BALANCE', moves_balance, -c.overdraft);
    SELECT coalesce(c.low_balance_threshold, r.low_balance_threshold) INTO threshold FROM resellers r WHERE r.id = the_reseller;
    IF c.balance >= threshold AND c.balance + moves_balance < threshold THEN
      INSERT INTO low_balance_alerts (reseller_id, posting_id, customer_id, threshold, balance, at)
      VALUES (the_reseller, p.id, the_customer, threshold, c.balance + moves_balance, moment);
    END IF;
  END IF;

  INSERT INTO audit_rows (reseller_id, id, at, deed, actor_kind, actor_id, actor_name, for_customer_id, customer_id, details, request_id, ip)
  VALUES (the_reseller, f.audit_id, moment, f.deed, f.actor_kind, f.actor_id, f.actor_name, f.for_customer_id, the_customer,
    jsonb_strip_nulls(jsonb_build_object('posting', p.id, 'reason', f.reason, 'reverses', f.reverses, 'reversed', reversed.kind, 'approvedBy', f.decider_name))
    || CASE WHEN moves_credits = 0 OR moves_balance = 0 THEN
         jsonb_build_object('account', CASE WHEN moves_balance = 0 THEN 'CREDITS' ELSE 'BALANCE' END, 'amount', (moves_balance + moves_credits)::text,
           'before', CASE WHEN moves_balance = 0 THEN c.credits ELSE c.balance END::text,
           'after', CASE WHEN moves_balance = 0 THEN c.credits + moves_credits ELSE c.balance + moves_balance END::text)
       ELSE jsonb_build_object('amount', (moves_balance + moves_credits)::text, 'creditsBefore', c.credits::text, 'creditsAfter', (c.credits + moves_credits)::text,
           'before', c.balance::text, 'after', (c.balance + moves_balance)::text) END,
    f.request_id, f.ip);

  IF f.approves IS NOT NULL THEN
    UPDATE waiting_postings SET state = 'approved', decider_id = f.decider_id, decider_name = f.decider_name, decided_at = moment,
                                comment = coalesce(f.decision, ''), posting_id = p.id
    WHERE reseller_id = the_reseller AND id = f.approves;
    INSERT INTO audit_rows (reseller_id, id, at, deed, actor_kind, actor_id, actor_name, customer_id, details, request_id, ip)
    VALUES (the_reseller, f.spare_ids[7], moment, 'posting.approved', 'staff', f.decider_id, f.decider_name, the_customer,
            jsonb_build_object('kind', f.kind, 'amount', size::text, 'madeBy', f.actor_name, 'waiting', f.approves, 'posting', p.id, 'comment', coalesce(f.decision, '')),
            f.decider_request_id, f.decider_ip);
  END IF;

  -- What a reversal gave back to a grant whose time is over goes again at once.
  IF f.kind = 'reversal' THEN PERFORM expire_grants(the_reseller, the_customer, moment, f.spare_ids[4:6]); END IF;
  RETURN jsonb_build_object('outcome', 'posted', 'posting', posting_told(p));
END
$$;

-- Whether what a posting granted, or a part of it, has expired: taking the whole back would take that part a second time, from other grants.
CREATE FUNCTION grant_has_expired("the_posting" "postings") RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM grant_movements g
    JOIN grant_movements m ON m.reseller_id = g.reseller_id AND m.grant_id = g.grant_id
    JOIN postings p ON p.reseller_id = m.reseller_id AND p.id = m.posting_id
    WHERE g.reseller_id = the_posting.reseller_id AND g.posting_id = the_posting.id AND g.amount > 0 AND p.kind = 'expiry');
END
$$;

-- Undoes what the reversed posting did to grants: what it took is given back to each of them; what it granted is taken back, from that grant as
-- far as it is left and else from the ones that would be spent last. What was taken before there were grants comes back as one of its own.
CREATE FUNCTION reverse_grants("the_posting" "postings", "the_amount" bigint, "the_new_grant" uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  m record;
  wanted bigint := -the_amount;
BEGIN
  FOR m IN
    SELECT o.grant_id, o.amount, g.remaining FROM grant_movements o
    JOIN credit_grants g ON g.reseller_id = o.reseller_id AND g.id = o.grant_id
    WHERE o.reseller_id = the_posting.reseller_id AND o.posting_id = the_posting.reverses_id
  LOOP
    IF m.amount < 0 THEN
      PERFORM move_grant(the_posting, m.grant_id, -m.amount);
      wanted := wanted - m.amount;
    ELSIF m.remaining > 0 THEN
      PERFORM move_grant(the_posting, m.grant_id, -least(wanted, m.remaining));
      wanted := wanted - least(wanted, m.remaining);
    END IF;
  END LOOP;
  IF wanted > 0 THEN PERFORM take_from_grants(the_posting, wanted, true); END IF;
  IF wanted < 0 THEN
    INSERT INTO credit_grants (reseller_id, id, customer_id, posting_id, category, amount, remaining, created_at)
    VALUES (the_posting.reseller_id, the_new_grant, the_posting.customer_id, the_posting.id, 'promotional', -wanted, 0, the_posting.posted_at);
    PERFORM move_grant(the_posting, the_new_grant, -wanted);
  END IF;
END
$$;

-- Expires what is due of one customer, locking it first; 0 where another process was faster. For the job.
CREATE FUNCTION expire_credits("the_reseller" text, "the_customer" text, "ids" uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM customers WHERE reseller_id = the_reseller AND id = the_customer FOR NO KEY UPDATE;
  -- Never before what is booked already, as in post_to_ledger().
  RETURN expire_grants(the_reseller, the_customer, greatest(clock_timestamp(), (
    SELECT max(posted_at) FROM entries WHERE reseller_id = the_reseller AND customer_id = the_customer)), ids);
END
$$;
