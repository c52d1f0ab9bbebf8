-- The outcome for a posting of this size that is above what the person may post at once, or within 24 hours; null where it is not, and
-- for a limit that is null. In minor units.
CREATE OR REPLACE FUNCTION above_limits(the_reseller text, the_staff uuid, the_size bigint, entry_max bigint, day_max bigint, moment timestamptz)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  spent bigint;
BEGIN
  IF the_size > entry_max THEN
    RETURN jsonb_build_object('outcome', 'above_entry_limit', 'limit', entry_max::text);
  END IF;
  IF day_max IS NOT NULL THEN
    SELECT coalesce(sum(abs(e.amount)), 0) INTO spent
    FROM postings p JOIN entries e ON e.reseller_id = the_reseller AND e.posting_id = p.id
    WHERE p.reseller_id = the_reseller AND p.limit_staff_id = the_staff AND p.posted_at > moment - interval '24 hours'
      AND p.kind::text IN (SELECT kind FROM posting_kinds() WHERE is_limited);
    IF spent + the_size > day_max THEN
      RETURN jsonb_build_object('outcome', 'above_day_limit', 'limit', day_max::text, 'left', greatest(day_max - spent, 0)::text);
    END IF;
  END IF;
  RETURN NULL;
END
$$;
