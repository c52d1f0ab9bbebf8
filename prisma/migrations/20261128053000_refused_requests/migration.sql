-- CreateTable
CREATE TABLE "refused_requests" (
    "reseller_id" VARCHAR(8) NOT NULL,
    "id" UUID NOT NULL,
    "who" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "began_at" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 0,
    "author" JSONB NOT NULL,
    "about" JSONB NOT NULL,

    CONSTRAINT "refused_requests_pkey" PRIMARY KEY ("reseller_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "refused_requests_reseller_id_who_method_path_key" ON "refused_requests"("reseller_id", "who", "method", "path");

-- CreateIndex
CREATE INDEX "refused_requests_began_at_id_idx" ON "refused_requests"("began_at", "id");

-- AddForeignKey
ALTER TABLE "refused_requests" ADD CONSTRAINT "refused_requests_reseller_id_fkey" FOREIGN KEY ("reseller_id") REFERENCES "resellers"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
