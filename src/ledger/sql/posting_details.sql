-- What the event of a posting remembers: of one account, its name, amount, before and after; of both, the credits' as well. Amounts in
-- minor units, as texts, because JSON's numbers are no bigints.
CREATE OR REPLACE FUNCTION posting_details(the_posting uuid, the_reason posting_reason, the_reversed uuid, reversed_kind posting_kind, approved_by text,
  moves_balance bigint, moves_credits bigint, balance_before bigint, credits_before bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object('posting', the_posting, 'reason', the_reason, 'reverses', the_reversed, 'reversed', reversed_kind, 'approvedBy', approved_by))
    || CASE
      WHEN moves_balance = 0 THEN
        jsonb_build_object('account', 'CREDITS', 'amount', moves_credits::text, 'before', credits_before::text, 'after', (credits_before + moves_credits)::text)
      WHEN moves_credits = 0 THEN
        jsonb_build_object('account', 'BALANCE', 'amount', moves_balance::text, 'before', balance_before::text, 'after', (balance_before + moves_balance)::text)
      ELSE
        jsonb_build_object('amount', (moves_balance + moves_credits)::text, 'creditsBefore', credits_before::text, 'creditsAfter', (credits_before + moves_credits)::text,
          'before', balance_before::text, 'after', (balance_before + moves_balance)::text) END
$$;
