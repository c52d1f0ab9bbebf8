-- Who has brought two people in within seven days, and so may be both of them: whoever added one of them, turned them on or gave them a role
-- that may post, approve or manage, or did so for the one who did. `giver` is one of the two, or a third who did it for both, and what they are
-- called; no row where nobody is. What was done within a day of set-up does not count, nor does anything in the demo;
-- of people from before access was noted, nothing is known.
CREATE OR REPLACE FUNCTION same_hand(the_reseller text, one uuid, other uuid, moment timestamptz) RETURNS TABLE (giver uuid, giver_name text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  WITH RECURSIVE given AS (
    SELECT a.staff_id, a.giver_id
    FROM access_given a JOIN resellers r ON r.id = the_reseller
    WHERE a.reseller_id = the_reseller AND a.giver_id <> a.staff_id AND a.at > moment - interval '168 hours' AND a.at >= r.created_at + interval '24 hours'
  ), hands AS (
    SELECT one AS person, one AS hand
    UNION SELECT other, other
    UNION SELECT h.person, g.giver_id FROM hands h JOIN given g ON g.staff_id = h.hand
  )
  SELECT s.id, s.name FROM staff s
  WHERE s.reseller_id = the_reseller AND NOT EXISTS (SELECT FROM installation WHERE is_demo)
    AND s.id IN (SELECT h.hand FROM hands h WHERE h.person = one INTERSECT SELECT h.hand FROM hands h WHERE h.person = other)
  -- One of the two says more than a third.
  ORDER BY s.id IN (one, other) DESC, s.id LIMIT 1;
END
$$;
