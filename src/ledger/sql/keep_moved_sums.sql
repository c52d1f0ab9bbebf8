-- Keeps what a long account adds up to, by the posting just added; all of it where nothing is kept yet. The caller holds the customer.
CREATE OR REPLACE FUNCTION keep_moved_sums(the_reseller text, the_customer text, the_posting uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM moved_sums WHERE reseller_id = the_reseller AND customer_id = the_customer) THEN
    INSERT INTO moved_sums AS kept (reseller_id, customer_id, since, refilled, deducted, granted, charged)
    SELECT the_reseller, the_customer, start_of_sums(at), sum(refilled), sum(deducted), sum(granted), sum(charged)
    FROM moved_amounts(the_reseller, the_customer) WHERE posting_id = the_posting GROUP BY start_of_sums(at)
    ON CONFLICT (reseller_id, customer_id, since) DO UPDATE
    SET refilled = kept.refilled + EXCLUDED.refilled, deducted = kept.deducted + EXCLUDED.deducted,
        granted = kept.granted + EXCLUDED.granted, charged = kept.charged + EXCLUDED.charged;
  ELSE
    INSERT INTO moved_sums (reseller_id, customer_id, since, refilled, deducted, granted, charged)
    SELECT the_reseller, the_customer, start_of_sums(at), sum(refilled), sum(deducted), sum(granted), sum(charged)
    FROM moved_amounts(the_reseller, the_customer) GROUP BY start_of_sums(at);
  END IF;
END
$$;

REVOKE ALL ON FUNCTION keep_moved_sums(text, text, uuid) FROM PUBLIC;
