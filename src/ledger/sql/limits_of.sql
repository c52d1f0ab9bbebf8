-- What a person's role lets them post now; the permission is that of the kind. For one with a limit for a day, locks that person's postings until the transaction ends: they
-- are added up one after the other, while those of others, and of people without such a limit, do not wait.
CREATE OR REPLACE FUNCTION limits_of(the_reseller text, the_staff uuid, the_permission text,
  OUT entry_max bigint, OUT day_max bigint, OUT approval_above bigint, OUT may_post boolean, OUT email text) LANGUAGE plpgsql AS $$
BEGIN
  FOR round IN 1..2 LOOP
    SELECT r.entry_max, r.day_max, r.approval_above, s.state = 'ON' AND the_permission = ANY (r.permissions), s.email
      INTO entry_max, day_max, approval_above, may_post, email
    FROM staff s JOIN roles r ON r.reseller_id = the_reseller AND r.id = s.role_id
    WHERE s.reseller_id = the_reseller AND s.id = the_staff;
    EXIT WHEN day_max IS NULL OR round = 2;
    -- Who has waited asks again what this person may. Nothing is locked after this, so nobody can wait in a circle.
    PERFORM pg_advisory_xact_lock(hashtextextended('day limit ' || the_staff, 0));
  END LOOP;
END
$$;
