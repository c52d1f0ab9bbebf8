-- The outcome that keeps these amounts from being moved, or null: too little is available, or an account would be lifted too far. All in
-- minor units; `the_overdraft` is how far the balance may be below zero. A charge has credits to pay from too.
CREATE OR REPLACE FUNCTION why_not_moved(the_kind posting_kind, moves_balance bigint, moves_credits bigint, balance_now bigint, credits_now bigint,
  the_overdraft bigint) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  -- Nothing is posted that would lift an account above this. Far above any business, far below a bigint's end.
  account_max CONSTANT bigint := 100000000000000000;
BEGIN
  IF moves_credits < 0 AND credits_now + moves_credits < 0 THEN
    RETURN jsonb_build_object('outcome', 'short', 'account', 'CREDITS', 'available', credits_now::text, 'now', credits_now::text);
  END IF;
  IF moves_balance < 0 AND balance_now + moves_balance < -the_overdraft THEN
    RETURN jsonb_build_object('outcome', 'short', 'account', 'BALANCE', 'now', balance_now::text,
      'available', (greatest(balance_now + the_overdraft, 0) + CASE WHEN (SELECT moves FROM posting_kinds() WHERE kind = the_kind::text) = 'credits_first' THEN credits_now ELSE 0 END)::text);
  END IF;
  IF balance_now + moves_balance > account_max OR credits_now + moves_credits > account_max THEN
    RETURN jsonb_build_object('outcome', 'too_large', 'now', CASE WHEN moves_balance = 0 THEN credits_now ELSE balance_now END::text);
  END IF;
  RETURN NULL;
END
$$;
