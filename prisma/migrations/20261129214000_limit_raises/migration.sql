CREATE TYPE "raise_state" AS ENUM ('waiting', 'approved', 'rejected', 'withdrawn', 'effective', 'lapsed');

CREATE TABLE "limit_raises" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "raised" JSONB NOT NULL,
    "asker_id" UUID NOT NULL,
    "asker_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "takes_effect_at" TIMESTAMPTZ(3),
    "state" "raise_state" NOT NULL DEFAULT 'waiting',
    "decider_id" UUID,
    "decider_name" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "comment" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "limit_raises_pkey" PRIMARY KEY ("reseller_id", "id")
);
CREATE INDEX "limit_raises_reseller_id_state_created_at_id_idx" ON "limit_raises"("reseller_id", "state", "created_at", "id");
CREATE INDEX "limit_raises_takes_effect_at_id_idx" ON "limit_raises"("takes_effect_at", "id");
ALTER TABLE "limit_raises" ADD CONSTRAINT "limit_raises_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
ALTER TABLE "limit_raises" ADD CONSTRAINT "limit_raises_two_people" CHECK ("decider_id" <> "asker_id" OR "state" = 'withdrawn');
ALTER TABLE "limit_raises" ADD CONSTRAINT "limit_raises_decided" CHECK (("state" = ANY (ARRAY['approved', 'rejected', 'withdrawn']::"raise_state"[])) = ("decider_id" IS NOT NULL));
