-- The outcome that keeps a posting from being approved, or null: it was decided or has expired, is not this person's to approve, or one of the
-- two has brought the other in (see same_hand()).
-- State, end and maker are those of the waiting posting, null where there is none.
CREATE OR REPLACE FUNCTION why_not_approved(the_reseller text, the_state waiting_state, the_end timestamptz, the_maker uuid, the_decider uuid,
  moment timestamptz) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF the_state IS DISTINCT FROM 'waiting' OR the_end <= moment THEN
    RETURN jsonb_build_object('outcome', 'decided', 'state', CASE WHEN the_state = 'waiting' THEN 'expired' ELSE the_state END);
  END IF;
  IF the_decider = the_maker THEN RETURN jsonb_build_object('outcome', 'own'); END IF;
  IF NOT EXISTS (
    SELECT FROM staff s JOIN roles r ON r.reseller_id = the_reseller AND r.id = s.role_id
    WHERE s.reseller_id = the_reseller AND s.id = the_decider AND s.state = 'ON' AND 'money.approve' = ANY (r.permissions)
  ) THEN
    RETURN jsonb_build_object('outcome', 'may_not_approve');
  END IF;
  RETURN (
    SELECT jsonb_build_object('outcome', 'same_hand', 'giver', CASE giver WHEN the_maker THEN 'maker' WHEN the_decider THEN 'decider' ELSE 'third' END,
                              'name', giver_name)
    FROM same_hand(the_reseller, the_maker, the_decider, moment));
END
$$;
