ALTER TABLE "resellers"
  ADD COLUMN "staff_idle_minutes_max" SMALLINT NOT NULL DEFAULT 30,
  ADD COLUMN "staff_absolute_hours_max" SMALLINT NOT NULL DEFAULT 12,
  ADD COLUMN "customer_idle_minutes_max" SMALLINT NOT NULL DEFAULT 60,
  ADD COLUMN "customer_absolute_hours_max" SMALLINT NOT NULL DEFAULT 24,
  ADD CONSTRAINT "resellers_staff_idle_range" CHECK ("staff_idle_minutes_max" BETWEEN 5 AND 60),
  ADD CONSTRAINT "resellers_staff_absolute_range" CHECK ("staff_absolute_hours_max" BETWEEN 1 AND 24),
  ADD CONSTRAINT "resellers_customer_idle_range" CHECK ("customer_idle_minutes_max" BETWEEN 5 AND 240),
  ADD CONSTRAINT "resellers_customer_absolute_range" CHECK ("customer_absolute_hours_max" BETWEEN 1 AND 168);
