import type { z } from 'zod'
import { isId } from '../database/id.ts'
import {
  type From,
  FROM_THE_START,
  isTimeAndId,
  type KeysetPage,
  keysetSql,
  readPage,
} from '../database/keyset.ts'
import type { Actor } from '../people/actor.ts'
import { type Sentence, t } from '../words/words.ts'
import type { SessionQuery } from './forms.ts'
import { READS } from './login-as.ts'

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

const ROWS_IN_A_PAGE = 100

/** A page of all that was done in a login-as session, from its start to its end. One statement, see readPage(). */
export function listSessionEvents(
  actor: Actor,
  loginAs: { id: string },
  query: z.output<typeof SessionQuery>,
): Promise<KeysetPage<SessionEvent>> {
  return readPage(query, {
    size: ROWS_IN_A_PAGE,
    cursorOf: ({ at, id }) => [at.toISOString(), id],
    isCursor: isTimeAndId(isId),
    find: async (part) => {
      const statement = sessionEventsStatement(actor, loginAs, part)
      return (await actor.database.pool.query<SessionEvent>(statement)).rows
    },
  })
}

/**
 * The SQL for all that was done in a login-as session: its requests, the events of those by their ids, and the events of the session
 * itself.
 * The page takes a part of it, the file all, so that both show the same. Of refusals that are recorded later, as a number, those within
 * 24 hours of its end.
 */
export function sessionEventsStatement(
  { reseller }: Actor,
  { id }: { id: string },
  { cursor, backwards, limit }: From & { limit?: number } = FROM_THE_START,
) {
  const values: unknown[] = [reseller.id, id]
  const bind = (value: unknown) => `$${values.push(value)}`
  // The list is oldest first, which is a list that is newest first read backwards.
  const reversed = { cursor, backwards: !backwards }
  const { beyond, order } = keysetSql({ at: 'timestamptz', id: 'uuid' }, reversed, bind)
  return {
    text: `
      with session as (select * from login_as where reseller_id = $1 and id = $2::uuid),
      asked as (select * from login_as_events where reseller_id = $1 and login_as_id = $2::uuid),
      done as (
        select a.* from session l join audit_rows a on a.reseller_id = $1 and a.actor_id = l.staff_id::text
        where a.at between l.created_at - interval '1 minute' and coalesce(l.ended_at, now()) + interval '24 hours'
          and a.for_customer_id = l.customer_id and a.event not like 'login\\_as.%' and a.request_id in (select request_id from asked)
        union all
        select a.* from session l join audit_rows a on a.reseller_id = $1 and a.customer_id = l.customer_id
        where a.at between l.created_at - interval '1 minute' and coalesce(l.ended_at, now()) + interval '24 hours'
          and a.event in ('login_as.started', 'login_as.refused', 'login_as.stopped', 'login_as.ended') and a.details->>'loginAs' = l.id::text
      ),
      event as (
        select at, id, request_id as "requestId", method, path, status, ended_at as "endedAt", null as event, null as details from asked
        union all
        select at, id, request_id, null, null, null, null, event, details from done
      )
      select * from event where ${beyond} order by ${order} ${limit ? `limit ${bind(limit)}` : ''}`,
    values,
  }
}
