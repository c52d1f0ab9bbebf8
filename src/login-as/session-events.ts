import { fileEvent } from '../files/file.ts'
import type { List } from '../lists/list.ts'
import { type Formats, formatsFor } from '../words/format.ts'
import { type Sentence, t, wordsFor } from '../words/words.ts'
import { loginAsExported } from './events.ts'
import type { SessionQuery } from './forms.ts'
import { READS } from './login-as.ts'
import { type LoginAsSession, mustSeeLoginAsSessions } from './sessions.ts'

/** A request in a login-as session, or an event that belongs to it; the event of a request comes after it, under the same request id. */
export interface SessionEvent {
  at: Date
  id: string
  requestId: string | null
  /** Of a request: what was asked for, without secrets and query. */
  method: string | null
  path: string | null
  /** What was answered; null of a request that has not ended, and of an event. 499: the reader left before. */
  status: number | null
  endedAt: Date | null
  /** Of an event: its name and its details. */
  event: string | null
  details: unknown
}

/** `form`: what was sent, whatever became of it; `write`: an event of something that changed. */
export type EventKind = 'page' | 'file' | 'form' | 'write' | 'refusal' | 'login'

export const EVENT_KINDS: Readonly<Record<EventKind, Sentence>> = {
  page: t('Page'),
  file: t('File'),
  form: t('Form submitted'),
  write: t('Write'),
  refusal: t('Refusal'),
  login: t('Login'),
}

/** What kind of thing it was. */
export function kindOf({
  event,
  method,
  path,
  status,
}: Pick<SessionEvent, 'event' | 'method' | 'path' | 'status'>): EventKind {
  if (event === 'login_as.refused') return 'refusal'
  if (event?.startsWith('login_as.')) return 'login'
  if (event) return event === 'file.sent' || event.endsWith('.exported') ? 'file' : 'write'
  if (status === 403) return 'refusal'
  if (!READS.includes(method ?? '')) return 'form'
  return method === 'GET' && /\.(csv|pdf)$/i.test(path ?? '') ? 'file' : 'page'
}

/** How a request ended. */
export function outcomeOf(status: number | null): Sentence {
  if (status === null) return t('Not finished')
  if (status === 499) return t('Canceled by the browser')
  if (status === 403) return t('Refused')
  if (status === 404) return t('Not found')
  if (status >= 500) return t('Failed')
  if (status >= 400) return t('Not accepted')
  return status >= 300 ? t('Redirected') : t('Completed')
}

/** The login-as session whose events are listed, and how an event is said in its file. */
export interface SessionEventsOf {
  session: LoginAsSession
  says?: (event: string, details: unknown, formats: Formats) => Sentence
}

/**
 * All that was done in a login-as session, from its start to its end: its requests, the events of those by their ids, and the events of the
 * session itself. Of refusals that are recorded later, as a number, those within 24 hours of its end.
 *
 * In its file headings are for machines and stay the same in every language; `what` is the sentence of an event, and `details` its values,
 * as JSON.
 */
export const sessionEvents = {
  may: mustSeeLoginAsSessions,
  size: 100,
  table: 'event',
  tables: ({ of, bind }) => {
    const id = bind(of.session.id)
    const within = `a.at between l.created_at - interval '1 minute' and coalesce(l.ended_at, now()) + interval '24 hours'`
    return `
      session as (select * from login_as where reseller_id = $1 and id = ${id}::uuid),
      asked as (select * from login_as_events where reseller_id = $1 and login_as_id = ${id}::uuid),
      done as (
        select a.* from session l join audit_rows a on a.reseller_id = $1 and a.actor_id = l.staff_id::text
        where ${within} and a.for_customer_id = l.customer_id and a.event not like 'login\\_as.%'
          and a.request_id in (select request_id from asked)
        union all
        select a.* from session l join audit_rows a on a.reseller_id = $1 and a.customer_id = l.customer_id
        where ${within} and a.event in ('login_as.started', 'login_as.refused', 'login_as.stopped', 'login_as.ended')
          and a.details->>'loginAs' = l.id::text
      ),
      event as (
        select reseller_id, at, id, request_id, method, path, status, ended_at, null as event, null as details from asked
        union all
        select reseller_id, at, id, request_id, null, null, null, null, event, details from done
      )`
  },
  order: {
    by: [
      { column: 'at', field: 'at', kind: 'time' },
      { column: 'id', field: 'id', kind: 'id' },
    ],
    isAscending: true,
  },
  selected: `
    hit.at, hit.id, hit.request_id as "requestId", hit.method, hit.path, hit.status, hit.ended_at as "endedAt", hit.event, hit.details`,
  toRow: (row) => row,
  file: ({ actor: { reseller }, of: { session, says } }) => {
    const formats = formatsFor(reseller)
    const words = wordsFor(reseller.locale)
    const { customer, mode, staff, id } = session
    return {
      named: {
        ...{ what: 'login-as', whose: customer.email },
        period: {
          from: formats.isoDay(session.createdAt),
          to: session.isOver ? formats.isoDay(session.until) : '',
        },
      },
      event: fileEvent(loginAsExported, {
        ...{ customer: { id: customer.id }, mode, staff: staff.email, loginAs: id },
      }),
      columns: [
        ['at', (row) => row.at],
        ['kind', kindOf],
        ['method', (row) => row.method],
        ['address', (row) => row.path],
        ['status', (row) => row.status],
        ['ended_at', (row) => row.endedAt],
        ['deed', (row) => row.event],
        ['what', (row) => (row.event && says ? words(says(row.event, row.details, formats)) : null)],
        ['details', (row) => row.event && JSON.stringify(row.details)],
        ['request_id', (row) => row.requestId],
        ['id', (row) => row.id],
      ],
    }
  },
} as const satisfies List<SessionQuery, SessionEvent, SessionEvent, SessionEventsOf>
