-- What waits keeps the threshold that made it wait.
CREATE OR REPLACE FUNCTION refuse_waiting_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE'
     AND (OLD."reseller_id", OLD."id", OLD."customer_id", OLD."kind", OLD."key", OLD."fingerprint", OLD."receipt_key", OLD."amount", OLD."facts", OLD."maker_id", OLD."maker_name", OLD."created_at", OLD."expires_at", OLD."approval_above")
     IS NOT DISTINCT FROM (NEW."reseller_id", NEW."id", NEW."customer_id", NEW."kind", NEW."key", NEW."fingerprint", NEW."receipt_key", NEW."amount", NEW."facts", NEW."maker_id", NEW."maker_name", NEW."created_at", NEW."expires_at", NEW."approval_above")
     AND (OLD."state" = 'waiting'
       OR (OLD."state", OLD."decider_id", OLD."decider_name", OLD."decided_at", OLD."comment", OLD."posting_id")
       IS NOT DISTINCT FROM (NEW."state", NEW."decider_id", NEW."decider_name", NEW."decided_at", NEW."comment", NEW."posting_id")) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: what waits is decided once, and nothing else about it changes', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
