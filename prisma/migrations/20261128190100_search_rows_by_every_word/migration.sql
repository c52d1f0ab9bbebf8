-- outside a transaction
-- A million customers are written in lots: none of them holds much for long.
CALL rewrite_search();
