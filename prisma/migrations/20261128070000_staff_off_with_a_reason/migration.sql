-- Why a staff member was turned OFF, and since when. Of those who are OFF already nobody was asked.
ALTER TABLE "staff" ADD COLUMN "state_reason" TEXT;
ALTER TABLE "staff" ADD COLUMN "state_changed_at" TIMESTAMPTZ(3);
