import { movedAs } from './moved_amounts.ts'

const moved = movedAs({ kind: 'the_kind', amount: 'the_amount', isReversal: 'false' })
const added = Object.entries(moved).map(([column, amount]) => `${column} = ${column} + ${amount}`)

/** The text of the function by which most postings of a long account reach its sums: a tenth of a posting's time less than by reading it again. */
export const text = `-- Adds what a posting moved (both accounts, in minor units) to the sums that a long account has of that stretch of time, and says whether it
-- did: not where there are none of it yet, nor for a reversal, which counts where the posting that it reverses does. Then keep_moved_sums()
-- does it. The caller holds the customer.
CREATE OR REPLACE FUNCTION add_to_moved_sums(the_reseller text, the_customer text, the_kind posting_kind, the_amount bigint, moment timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF the_kind = 'reversal' THEN RETURN false; END IF;
  UPDATE moved_sums SET ${added.join(',\n    ')}
  WHERE reseller_id = the_reseller AND customer_id = the_customer AND since = start_of_sums(moment);
  RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION add_to_moved_sums(text, text, posting_kind, bigint, timestamptz) FROM PUBLIC;
`
