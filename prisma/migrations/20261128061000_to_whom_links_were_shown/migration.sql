-- Whoever was shown a link could have used it: the event of its use names them. Of links shown before, nobody knows.
ALTER TABLE "one_time_links" ADD COLUMN "shown_to" TEXT;
