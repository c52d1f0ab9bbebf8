import type { z } from 'zod'
import { currentTime } from '../database/clock.ts'
import { maybeCount } from '../database/counted.ts'
import { isId } from '../database/id.ts'
import { type KeysetPage, isTimeAndId, keysetSql, readPage } from '../database/keyset.ts'
import { fitsTerms, searchTerms } from '../database/search-terms.ts'
import { search } from '../database/search.ts'
import type { Invite, InviteKind } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { isCustomerId } from '../people/customer-id.ts'
import { optionalChoice, optionalText } from '../forms/form.ts'
import { CursorQuery } from '../forms/cursor-query.ts'
import { type InviteState, INVITE_STATES, stateOf } from './token.ts'

/** What the address of the list may say. */
export const InvitesQuery = CursorQuery.extend({
  /** Words of the address that an invite is for, of its tags, of who created it, or of somebody who registered by it. */
  q: optionalText({ max: 254 }),
  state: optionalChoice(INVITE_STATES),
})

/** An invite as the list shows it. */
export type ListedInvite = Pick<
  Invite,
  | 'resellerId'
  | 'id'
  | 'email'
  | 'tags'
  | 'credits'
  | 'maxUses'
  | 'uses'
  | 'generation'
  | 'staffName'
  | 'createdAt'
  | 'expiresAt'
> & {
  kind: InviteKind
  state: InviteState
  /** The latest few who registered by it; `uses` says how many there were. */
  arrivals: { id: string; email: string; name: string }[]
}

/** Somebody who registered by an invite. */
export interface Arrival {
  id: string
  email: string
  name: string
  registeredAt: Date
}

const INVITES_IN_A_PAGE = 25
const ARRIVALS_IN_A_PAGE = 50
const ARRIVALS_SHOWN = 3

interface Row extends Omit<Invite, 'credits'> {
  /** bigint, as pg gives it. */
  credits: string
  arrivals: { id: string; email: string; name: string }[] | null
}

/** stateOf() in SQL; the time is the second parameter. */
const STATE = `case when revoked_at is not null then 'revoked' when uses >= max_uses then 'used'
                     when expires_at <= $2 then 'expired' else 'open' end`

/** What an invite itself is found by: an address also without its signs. */
const SEARCHED = `' ' || search_folded(concat_ws(' ', email, shown_address(email), translate(email, '@._-+', '     '), staff_name, array_to_string(tags, ' ')))`

/** A page of the invites that staff made and that fit, newest first; the reseller's own link stands apart. One statement. */
export function listInvites(actor: Actor, query: Query): Promise<KeysetPage<ListedInvite>> {
  mustBeAllowed(actor, 'mails.resend')
  return readPage(query, {
    size: INVITES_IN_A_PAGE,
    cursorOf: ({ createdAt, id }) => [createdAt.toISOString(), id],
    isCursor: isTimeAndId(isId),
    find: async ({ limit, ...from }) => {
      const { values, fits, bind } = filterOf(actor, query)
      const { beyond, order } = keysetSql({ created_at: 'timestamptz', id: 'uuid' }, from, bind)
      const statement = {
        text: `with hit as (
           select * from invites where ${fits} and ${beyond} order by ${order} limit ${limit}
         )
         select reseller_id as "resellerId", id, kind, email, tags, credits, max_uses as "maxUses", uses, generation,
                staff_id as "staffId", staff_name as "staffName", created_at as "createdAt", expires_at as "expiresAt",
                revoked_at as "revokedAt",
                (select json_agg(came) from (
                   select c.id, c.email, c.name from customers c where c.reseller_id = $1 and c.invite_id = hit.id
                   order by c.registered_at desc, c.id desc limit ${ARRIVALS_SHOWN}) came) as arrivals
         from hit order by ${order}`,
        values,
      }
      // What fits may be anywhere among them.
      const rows = isNarrowed(query)
        ? await search<Row>(actor, statement)
        : (await actor.database.pool.query<Row>(statement)).rows
      return rows.map((row) => ({
        ...row,
        credits: BigInt(row.credits),
        arrivals: row.arrivals ?? [],
        state: stateOf(row),
      }))
    },
  })
}

type Query = z.output<typeof InvitesQuery>

const isNarrowed = ({ state, q }: Query) => Boolean(state || q)

function filterOf(actor: Actor, query: Query) {
  const values: unknown[] = [actor.reseller.id, currentTime(), query.state ?? '']
  const bind = (value: unknown) => `$${values.push(value)}`
  const terms = searchTerms(query.q)
  const words = query.q
    ? `and (${fitsTerms(SEARCHED, terms, bind)} or exists (
         select from customers c join customer_search s on s.reseller_id = $1 and s.id = c.id
         where c.reseller_id = $1 and c.invite_id = invites.id and ${fitsTerms('s.words', terms, bind)}))`
    : ''
  return {
    values,
    bind,
    fits: `reseller_id = $1 and staff_id is not null and ($3 = '' or ${STATE} = $3) ${words}`,
  }
}

/** How many of the invites that staff made fit, on all pages: see maybeCount(). */
export function maybeCountInvites(actor: Actor, query: Query): Promise<number | null> {
  mustBeAllowed(actor, 'mails.resend')
  const { values, fits } = filterOf(actor, query)
  return maybeCount(
    actor,
    { text: `select from invites where ${fits}`, values },
    { isSearch: isNarrowed(query) },
  )
}

/** A page of those who registered by an invite, the latest first. */
export function listArrivals(
  actor: Actor,
  invite: { id: string },
  query: CursorQuery,
): Promise<KeysetPage<Arrival>> {
  mustBeAllowed(actor, 'mails.resend')
  return readPage(query, {
    size: ARRIVALS_IN_A_PAGE,
    cursorOf: ({ registeredAt, id }) => [registeredAt.toISOString(), id],
    isCursor: isTimeAndId(isCustomerId),
    find: async ({ limit, ...from }) => {
      const values: unknown[] = [actor.reseller.id, invite.id]
      const bind = (value: unknown) => `$${values.push(value)}`
      const { beyond, order } = keysetSql({ registered_at: 'timestamptz', id: 'text' }, from, bind)
      const { rows } = await actor.database.pool.query<Arrival>(
        `select id, email, name, registered_at as "registeredAt" from customers
         where reseller_id = $1 and invite_id = $2 and ${beyond} order by ${order} limit ${limit}`,
        values,
      )
      return rows
    },
  })
}
