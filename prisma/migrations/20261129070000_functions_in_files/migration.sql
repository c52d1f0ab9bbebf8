-- Which functions were applied to the database, and when. They are in files beside the code that calls them (src/*/sql), and not in
-- migrations any more: each start applies those of a higher number, see src/database/functions.ts.
CREATE TABLE "function_sets" (
    "number" INTEGER NOT NULL,
    "digests" JSONB NOT NULL,
    "applied_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "function_sets_pkey" PRIMARY KEY ("number")
);
