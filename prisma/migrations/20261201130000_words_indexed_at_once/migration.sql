-- Words go into the index with the customer who is changed, not into a list beside it that each search reads too and that one change in some
-- thousand has to empty.
ALTER INDEX "customer_search_words_idx" SET (fastupdate = off);
SELECT gin_clean_pending_list('customer_search_words_idx'::regclass);
