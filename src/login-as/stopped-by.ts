/**
 * SQL for the name of the person who ended the login-as session `l` from the portal, as its event has it; null for all that ended otherwise. The clocks of
 * application and database may differ by an hour.
 */
export const STOPPED_BY = `
  case when l.ended_by = 'stopped' then (
    select a.details->>'stoppedBy' from audit_rows a
    where a.reseller_id = l.reseller_id and a.event = 'login_as.ended' and a.details->>'loginAs' = l.id::text
      and a.at between l.ended_at - interval '1 hour' and l.ended_at + interval '1 hour'
    limit 1
  ) end`
