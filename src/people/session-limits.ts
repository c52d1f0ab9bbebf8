/** Whose sessions: see SessionPerson. */
type Kind = 'staff' | 'customer'

/** How long a session may live. */
export interface SessionLimits {
  /** Without a request. */
  idleMinutesMax: number
  /** From the login on, never prolonged. */
  absoluteHoursMax: number
}

interface Range {
  min: number
  max: number
}

/** What a new reseller begins with, as the defaults of its columns say too. The row of a login-as session lives as long, whatever is chosen. */
const SESSION_DEFAULTS: Readonly<Record<Kind, SessionLimits>> = {
  staff: { idleMinutesMax: 30, absoluteHoursMax: 12 },
  customer: { idleMinutesMax: 60, absoluteHoursMax: 24 },
}

/**
 * Between what the Owner chooses. For staff no more than NIST SP 800-63B-4 recommends for AAL2: an hour idle, a day in all. For customers
 * less than its 30 days for AAL1. A page has to last long enough to be filled in. The database refuses what is outside, too.
 */
export const SESSION_BOUNDS: Readonly<Record<Kind, Record<keyof SessionLimits, Range>>> = {
  staff: { idleMinutesMax: { min: 5, max: 60 }, absoluteHoursMax: { min: 1, max: 24 } },
  customer: { idleMinutesMax: { min: 5, max: 240 }, absoluteHoursMax: { min: 1, max: 168 } },
}

/** Within a login-as session, which has limits of its own, its row lives as long as the defaults say. */
const chosen = (kind: Kind, limit: keyof SessionLimits, column: string, session?: string) =>
  kind === 'customer' && session
    ? `case when ${session}.login_as_id is null then ${column} else ${SESSION_DEFAULTS.customer[limit]} end`
    : column

/** SQL for when the session `s` of the reseller `t` ends if nothing is asked for any more. */
export const idleEndSql = (kind: Kind, s: string, t: string) =>
  `${s}.last_seen_at + make_interval(mins => ${chosen(kind, 'idleMinutesMax', `${t}.${kind}_idle_minutes_max`, s)})`

/** SQL for when it ends at the latest: a limit that is lowered counts for sessions that have begun, one that is raised does not. */
export const absoluteEndSql = (kind: Kind, s: string, t: string) =>
  `least(${s}.expires_at, ${s}.created_at + make_interval(hours => ${chosen(kind, 'absoluteHoursMax', `${t}.${kind}_absolute_hours_max`, s)}))`

/** SQL for whether the session `s` of the reseller `t` lets somebody in. */
export const aliveSql = (kind: Kind, s: string, t: string) =>
  `${s}.${kind}_id is not null and ${s}.ended_at is null and ${absoluteEndSql(kind, s, t)} > now() and ${idleEndSql(kind, s, t)} > now()`

/** SQL for the longest time of a session that begins now. $1: the reseller. */
export const newSessionHoursSql = (kind: Kind, { isLoginAs }: { isLoginAs: boolean }) =>
  isLoginAs
    ? String(SESSION_DEFAULTS[kind].absoluteHoursMax)
    : `(select ${kind}_absolute_hours_max from resellers where id = $1)`
