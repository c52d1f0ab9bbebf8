-- Nothing asks for all postings by time alone: what is listed are entries, which have their own. Each index that a posting enters costs it
-- about five microseconds.
DROP INDEX "postings_reseller_id_posted_at_id_idx";
