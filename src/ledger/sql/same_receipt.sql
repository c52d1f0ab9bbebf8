-- The outcome for a payment that is posted already, under the same channel and the same reference as receipt_folded() compares them; null
-- where it is the first.
CREATE OR REPLACE FUNCTION same_receipt(the_reseller text, the_channel channel, the_receipt text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('outcome', 'same_receipt', 'duplicate', p.id, 'customer', p.customer_id, 'reference', p.reference, 'email', c.email)
  FROM receipts r
  JOIN postings p ON p.reseller_id = the_reseller AND p.id = r.posting_id
  JOIN customers c ON c.reseller_id = the_reseller AND c.id = p.customer_id
  WHERE r.reseller_id = the_reseller AND r.channel = the_channel AND r.folded = the_receipt
$$;
