-- What is true of the whole installation, in one row. Nothing is known of a database from before; its next start notes it.
CREATE TABLE "installation" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "is_demo" BOOLEAN,
    "key_fingerprint" TEXT,
    "address" TEXT,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "installation_one_row" CHECK ("id" = 1)
);

INSERT INTO "installation" DEFAULT VALUES;
