import { LOGIN_AS_IDLE_MINUTES_MAX, LOGIN_AS_MINUTES_MAX } from './login-as.ts'

/** Between what one process writes in one transaction, which takes 15 seconds at most. */
const ONE_TRANSACTION = `interval '1 minute'`

/** By how much the clocks of two machines, such as the application's and the database's, may differ. */
const CLOCKS = `interval '5 minutes'`

/** The login-as session that an audit row `a` names. As an id, not as text, so that there is an index for it. */
const NAMED = `case when a.details->>'loginAs' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (a.details->>'loginAs')::uuid end`

const placeOf = (row: string) => `${row}.reseller_id || ', login-as session ' || ${row}.id as place`

/**
 * The login-as sessions `l` of which the audit log has not as many events of this name as it should have, or one `a` that does not fit.
 * Counted over both together, not looked up session by session, so that it stays one pass over each.
 */
const wronglyRecorded = ({ event, times, fits }: { event: string; times: string; fits: string }) => `
  select ${placeOf('recorded')}
  from (
    select l.reseller_id, l.id, ${times} as due, 0 as there, true as fits
    from login_as l where l.reseller_id = $1
    union all
    select l.reseller_id, l.id, 0, 1, (a.customer_id = l.customer_id and a.details->>'mode' = l.mode::text and ${fits}) is true
    from audit_rows a join login_as l on l.reseller_id = $1 and l.id = ${NAMED}
    where a.reseller_id = $1 and a.event = '${event}'
  ) as recorded
  group by recorded.reseller_id, recorded.id having sum(recorded.due) <> sum(recorded.there) or not bool_and(recorded.fits)`

/**
 * What must be true of every login as a customer and of the requests in it. Those from before requests were written down ahead of their
 * answers have neither an id nor an end: they were noted when the answer had left, which may be after the end of all.
 */
export const LOGIN_AS_RULES = [
  {
    holds:
      'Each login-as session has its start in the audit log with the same customer, person, mode, reason, time and address.',
    what: 'the login-as session has no start in the audit log, or one with another customer, person, mode, reason, time or address',
    // What the browser called itself is kept by events of later versions only.
    text: wronglyRecorded({
      event: 'login_as.started',
      times: '1',
      fits: `a.actor_id = l.staff_id::text and a.details->>'reason' = l.reason and a.ip is not distinct from l.ip
        and coalesce(a.user_agent, l.user_agent) = l.user_agent and a.at between l.created_at - ${ONE_TRANSACTION} and l.created_at + ${ONE_TRANSACTION}`,
    }),
  },
  {
    holds:
      'Each ended login-as session has its end in the audit log with the same customer, person, mode, reason and time.',
    what: 'the login-as session has no end in the audit log, or one with another customer, person, mode, reason or time',
    // It ends when its event is written, or ended when its time ran out, which was noted later.
    text: wronglyRecorded({
      event: 'login_as.ended',
      times: '(l.ended_at is not null)::int',
      fits: `a.for_customer_id = l.customer_id and a.actor_id = l.staff_id::text and a.details->>'by' = l.ended_by::text
        and case when l.ended_at between a.at - ${ONE_TRANSACTION} and a.at + ${ONE_TRANSACTION} then true
            when l.ended_by = 'never_entered' then l.ended_at = l.code_expires_at
            when l.ended_by = 'time_up' then l.ended_at = l.expires_at
            when l.ended_by = 'idle' then l.ended_at = l.last_seen_at + interval '${LOGIN_AS_IDLE_MINUTES_MAX} minutes'
            when l.ended_by in ('session_idle', 'session_expired') then l.ended_at <= a.at + ${CLOCKS}
            else l.ended_at between a.at - ${CLOCKS} and a.at + ${CLOCKS} end`,
    }),
  },
  {
    holds: 'Each login-as session ended from the portal names who ended it, as the audit log does.',
    what: 'the login-as session does not name the person who ended it from the portal',
    text: wronglyRecorded({
      event: 'login_as.stopped',
      times: `(l.ended_by is not distinct from 'stopped')::int`,
      fits: `exists (
          select from audit_rows e where e.reseller_id = $1 and e.customer_id = a.customer_id
            and e.at between a.at - ${ONE_TRANSACTION} and a.at + ${ONE_TRANSACTION} and e.event = 'login_as.ended'
            and e.details->>'loginAs' = a.details->>'loginAs' and e.details->>'stoppedBy' = a.actor_name)`,
    }),
  },
  {
    holds: 'Each login-as session named in the audit log exists.',
    what: 'the audit log names a login-as session that does not exist',
    text: `
      select a.reseller_id || ', audit row ' || a.id as place
      from audit_rows a left join login_as l on l.reseller_id = $1 and l.id = ${NAMED}
      where a.reseller_id = $1
        and a.event in ('login_as.started', 'login_as.ended', 'login_as.stopped', 'login_as.refused', 'login_as.exported')
        and l.customer_id is distinct from a.customer_id`,
  },
  {
    holds: `Each login-as session started while its code was valid, was used only after that, and lasted at most ${LOGIN_AS_MINUTES_MAX} minutes.`,
    what: 'the login-as session was started, used or open outside its allowed time',
    text: `
      select ${placeOf('l')}
      from login_as l
      where l.reseller_id = $1
        and not (l.code_expires_at between l.created_at - ${CLOCKS} and l.created_at + interval '61 seconds' + ${CLOCKS}
          and l.expires_at between l.created_at - ${CLOCKS} and l.created_at + interval '${LOGIN_AS_MINUTES_MAX} minutes 1 second' + ${CLOCKS}
          and coalesce(l.entered_at between l.created_at - ${CLOCKS} and l.code_expires_at + ${CLOCKS}, l.requests = 0)
          and coalesce(l.ended_at >= l.created_at - ${CLOCKS}, true)
          and (l.entered_at is null or l.ended_by is distinct from 'never_entered')
          and l.last_seen_at between coalesce(l.entered_at, l.created_at) - ${CLOCKS} and coalesce(l.ended_at, l.expires_at) + ${CLOCKS})`,
  },
  {
    holds: 'The requests of each login-as session are numbered without gaps and match its count.',
    what: 'the requests of the login-as session have gaps in their numbers or do not match its count',
    text: `
      select ${placeOf('counted')}
      from (
        select l.reseller_id, l.id, l.requests, null::int as seq from login_as l where l.reseller_id = $1
        union all
        select r.reseller_id, r.login_as_id, null, r.seq from login_as_events r where r.reseller_id = $1
      ) as counted
      group by counted.reseller_id, counted.id
      having count(counted.seq) is distinct from max(counted.requests)
        or count(distinct counted.seq) <> count(counted.seq) or min(counted.seq) <> 1 or max(counted.seq) <> count(counted.seq)`,
  },
  {
    holds: 'Each request started during its login-as session and ended after it started.',
    what: 'the request started outside its login-as session, or ended before it started',
    text: `
      select r.reseller_id || ', login-as session ' || l.id || ', request ' || r.seq as place
      from login_as_events r join login_as l on l.reseller_id = $1 and l.id = r.login_as_id
      where r.reseller_id = $1
        and (r.at < l.entered_at - ${CLOCKS} or r.ended_at < r.at - ${CLOCKS}
          or r.request_id is not null and r.at > coalesce(l.ended_at, l.expires_at) + ${CLOCKS})`,
  },
  {
    holds:
      'Each request has an ID, and an end with its status; requests without either came before all others.',
    what: 'the request has no ID, status or end',
    text: `
      with first as (
        select reseller_id, min(at) as at from login_as_events
        where reseller_id = $1 and request_id is not null group by reseller_id
      )
      select r.reseller_id || ', login-as session ' || r.login_as_id || ', request ' || r.seq as place
      from login_as_events r left join first on first.reseller_id = $1
      where r.reseller_id = $1
        and case when r.request_id is not null then (r.status is null) <> (r.ended_at is null)
            else r.status is null or r.ended_at is not null or r.at > first.at + ${CLOCKS} end`,
  },
]
