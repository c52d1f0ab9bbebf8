import type { Rule } from './rule.ts'

/** An event of the audit log that names a login-as session, beside that session; either may be missing. Of one reseller, or of all ($1). */
const besideItsEvent = (event: 'login_as.started' | 'login_as.ended') => `
  from (select * from login_as where $1::text is null or reseller_id = $1) as l
  full join (
    select reseller_id, details->>'loginAs' as login_as_id, count(*) as times, min(actor_id) as staff_id, min(customer_id) as customer_id,
           min(details->>'mode') as mode, min(details->>'reason') as reason, min(details->>'by') as by
    from audit_rows where deed = '${event}' and ($1::text is null or reseller_id = $1) group by 1, 2) as a
    on a.reseller_id = l.reseller_id and a.login_as_id = l.id::text`

const PLACE = `coalesce(l.reseller_id, a.reseller_id) || ', login-as session ' || coalesce(l.id::text, a.login_as_id) as place`

/**
 * What must be true of the logins as a customer: who was there is told twice, by the session itself and by the audit log, and neither can
 * be changed without the other being seen to differ.
 */
export const LOGIN_AS_RULES: readonly Rule[] = [
  {
    holds:
      'Each login as a customer has one start in the audit log, of the same people, mode and reason, and each start is of one.',
    what: 'the login as a customer is not what its start in the audit log says, or one of the two is not there',
    text: `
      select ${PLACE} ${besideItsEvent('login_as.started')}
      where a.times is distinct from 1
        or (a.staff_id, a.customer_id, a.mode, a.reason) is distinct from (l.staff_id::text, l.customer_id, l.mode::text, l.reason)`,
  },
  {
    holds:
      'Each login as a customer that is over has one end in the audit log, for the same reason, and no other has one.',
    what: 'the login as a customer is not over as its end in the audit log says, or one of the two is not there',
    // One that lasts has no end, and no event of it.
    text: `
      select ${PLACE} ${besideItsEvent('login_as.ended')}
      where (l.ended_at is not null or a.times is not null)
        and (a.times is distinct from 1 or l.ended_at is null
          or (a.staff_id, a.customer_id, a.mode, a.by) is distinct from (l.staff_id::text, l.customer_id, l.mode::text, l.ended_by::text))`,
  },
  {
    holds:
      'The requests of each login as a customer are numbered without a gap, as many as it counts, and only one that was entered has any.',
    what: 'requests of the login as a customer are missing, or it was never entered and has some',
    text: `
      select l.reseller_id || ', login-as session ' || l.id as place
      from login_as l
      left join (
        select reseller_id, login_as_id, count(*) as number, min(seq) as first, max(seq) as last
        from login_as_events where $1::text is null or reseller_id = $1 group by 1, 2) as r
        on r.reseller_id = l.reseller_id and r.login_as_id = l.id
      where ($1::text is null or l.reseller_id = $1)
        and (coalesce(r.number, 0) <> l.requests or r.first <> 1 or r.last <> r.number or l.entered_at is null and l.requests > 0)`,
  },
]
