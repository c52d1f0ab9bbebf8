import type { z } from 'zod'
import { currentTime } from '../database/clock.ts'
import { fitsTerms, searchTerms } from '../database/search-terms.ts'
import { CursorQuery } from '../forms/cursor-query.ts'
import { optionalChoice, optionalText } from '../forms/form.ts'
import type { Invite, InviteKind } from '../generated/prisma/client.ts'
import type { List } from '../lists/list.ts'
import { newestFirst } from '../lists/order.ts'
import { CUSTOMER_ROWS } from '../people/customer.ts'
import { mustSeeInvites } from './invite.ts'
import { type InviteState, INVITE_STATES, stateOf } from './token.ts'

/** What the address of the list may say. */
export const InvitesQuery = CursorQuery.extend({
  /** Words of the address that an invite is for, of its tags, of who created it, or of somebody who registered by it. */
  q: optionalText({ max: 254 }),
  state: optionalChoice(INVITE_STATES),
})
export type InvitesQuery = z.output<typeof InvitesQuery>

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
  | 'staffId'
  | 'staffName'
  | 'createdAt'
  | 'expiresAt'
  | 'revokedAt'
> & {
  kind: InviteKind
  state: InviteState
  /** The latest few who registered by it, and how many there were besides. */
  arrivals: { id: string; email: string; name: string }[]
  otherArrivals: number
}

/** Somebody who registered by an invite. */
export interface Arrival {
  id: string
  email: string
  name: string
  registeredAt: Date
}

const ARRIVALS_SHOWN = 3

interface InviteRow extends Omit<Invite, 'credits'> {
  /** bigint, as pg gives it. */
  credits: string
  arrivals: { id: string; email: string; name: string }[] | null
}

/** stateOf() in SQL; `now` is the application's time. */
const stateSql = (
  now: string,
) => `case when hit.revoked_at is not null then 'revoked' when hit.uses >= hit.max_uses then 'used'
  when hit.expires_at <= ${now}::timestamptz then 'expired' else 'open' end`

/** What an invite itself is found by: an address also without its signs. */
const SEARCHED = `' ' || search_folded(concat_ws(' ', hit.email, shown_address(hit.email), translate(hit.email, '@._-+', '     '),
  hit.staff_name, array_to_string(hit.tags, ' ')))`

/** The invites that staff made, newest first; the reseller's own link stands apart. */
export const invites = {
  may: mustSeeInvites,
  size: 25,
  table: 'invites',
  where: () => ['hit.staff_id is not null'],
  order: newestFirst(['created_at', 'createdAt'], { column: 'id', field: 'id', kind: 'id' }),
  filters: {
    q: {
      fits: (words, { bind }) => {
        const terms = searchTerms(words)
        return `(${fitsTerms(SEARCHED, terms, bind)} or exists (
          select from customers c join customer_search s on s.reseller_id = $1 and s.id = c.id
          where c.reseller_id = $1 and c.invite_id = hit.id and ${fitsTerms('s.words', terms, bind)} offset 0))`
      },
    },
    state: { fits: (state, { bind }) => `${stateSql(bind(currentTime()))} = ${bind(state)}` },
  },
  selected: `
    hit.reseller_id as "resellerId", hit.id, hit.kind, hit.email, hit.tags, hit.credits, hit.max_uses as "maxUses", hit.uses,
    hit.generation, hit.staff_id as "staffId", hit.staff_name as "staffName", hit.created_at as "createdAt",
    hit.expires_at as "expiresAt", hit.revoked_at as "revokedAt",
    (select json_agg(came) from (
       select c.id, c.email, c.name from customers c where c.reseller_id = $1 and c.invite_id = hit.id
       order by c.registered_at desc, c.id desc limit ${ARRIVALS_SHOWN}) came) as arrivals`,
  toRow: (row) => ({
    ...row,
    credits: BigInt(row.credits),
    arrivals: row.arrivals ?? [],
    otherArrivals: Math.max(0, row.uses - (row.arrivals?.length ?? 0)),
    state: stateOf(row),
  }),
} as const satisfies List<InvitesQuery, ListedInvite, InviteRow>

/** Those who registered by an invite, the latest first. */
export const arrivals = {
  may: mustSeeInvites,
  size: 50,
  table: CUSTOMER_ROWS,
  where: ({ of, bind }) => [`hit.invite_id = ${bind(of.id)}::uuid`],
  order: newestFirst(['registered_at', 'registeredAt'], { column: 'id', field: 'id', kind: 'customerId' }),
  selected: 'hit.id, hit.email, hit.name, hit.registered_at as "registeredAt"',
  toRow: (row) => row,
} as const satisfies List<CursorQuery, Arrival, Arrival, { id: string }>
