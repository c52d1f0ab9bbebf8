-- What the postings of a long account add up to, so that the picture of its last twelve months need not read them all. Other accounts have
-- no rows here: from so many entries on (see post_to_ledger) the posting that reaches them writes the first ones.
CREATE TABLE "moved_sums" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "customer_id" VARCHAR(10) NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "refilled" DECIMAL(30,0) NOT NULL,
    "deducted" DECIMAL(30,0) NOT NULL,
    "granted" DECIMAL(30,0) NOT NULL,
    "charged" DECIMAL(30,0) NOT NULL,

    CONSTRAINT "moved_sums_pkey" PRIMARY KEY ("reseller_id", "customer_id", "since")
) WITH (fillfactor = 80);
ALTER TABLE "moved_sums" ADD CONSTRAINT "moved_sums_reseller_id_customer_id_fkey" FOREIGN KEY ("reseller_id", "customer_id") REFERENCES "customers"("reseller_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

INSERT INTO "moved_sums" ("reseller_id", "customer_id", "since", "refilled", "deducted", "granted", "charged")
SELECT c."reseller_id", c."id", start_of_sums(m.at), sum(m.refilled), sum(m.deducted), sum(m.granted), sum(m.charged)
FROM "customers" c CROSS JOIN LATERAL moved_amounts(c."reseller_id", c."id") m
WHERE c."balance_seq" + c."credits_seq" >= 1000
GROUP BY 1, 2, 3;
