-- Browsers that were trusted before this migration are asked for a code once more.
ALTER TABLE "factors" ADD COLUMN "trusted_from" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp();
