import { maybeCount } from '../database/counted.ts'
import { isId } from '../database/id.ts'
import { type KeysetPage, isTimeAndId, keysetSql, readPage } from '../database/keyset.ts'
import type { State } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { isCustomerId } from '../people/customer-id.ts'
import { type CursorQuery } from '../forms/cursor-query.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'

/**
 * The reseller's team of this id, with its owner customer and its billing profile.
 *
 * @throws 404 for a team of another reseller as for one that never was
 */
export async function findTeam(actor: Actor, id: unknown) {
  mustBeAllowed(actor, 'customers.see')
  const team = isId(id)
    ? await actor.database.prisma.team.findUnique({
        where: { resellerId_id: { resellerId: actor.reseller.id, id } },
        include: {
          ownerCustomer: { select: { id: true, email: true, name: true, emailVerifiedAt: true } },
          billingProfile: true,
        },
      })
    : null
  if (!team) throw new Refusal(404, t('Team not found.'))
  return team
}

/** A customer as the page of their team shows them. */
export interface Member {
  id: string
  email: string
  /** '' where nobody gave one. */
  name: string
  state: State
  /** Minor units. */
  balance: bigint
  credits: bigint
  tags: { name: string; colour: string }[]
  registeredAt: Date
}

type MemberRow = Omit<Member, 'balance' | 'credits'> & { balance: string; credits: string }

const MEMBERS_IN_A_PAGE = 50

/** A page of a team's customers, the latest registered first. One statement. */
export function listMembers(
  actor: Actor,
  team: { id: string },
  query: CursorQuery,
): Promise<KeysetPage<Member>> {
  mustBeAllowed(actor, 'customers.see')
  return readPage(query, {
    size: MEMBERS_IN_A_PAGE,
    cursorOf: ({ registeredAt, id }) => [registeredAt.toISOString(), id],
    isCursor: isTimeAndId(isCustomerId),
    find: async ({ limit, ...from }) => {
      const values: unknown[] = [actor.reseller.id, team.id]
      const bind = (value: unknown) => `$${values.push(value)}`
      const { beyond, order } = keysetSql({ registered_at: 'timestamptz', id: 'text' }, from, bind)
      const { rows } = await actor.database.pool.query<MemberRow>(
        `with hit as (
           select * from customers
           where reseller_id = $1 and team_id = $2::uuid and ${beyond} order by ${order} limit ${limit}
         )
         select id, email, name, state, balance, credits, registered_at as "registeredAt",
                (select coalesce(json_agg(json_build_object('name', g.name, 'colour', g.colour) order by g.key), '[]')
                 from customer_tags ct join tags g on g.reseller_id = $1 and g.id = ct.tag_id
                 where ct.reseller_id = $1 and ct.customer_id = hit.id) as tags
         from hit order by ${order}`,
        values,
      )
      return rows.map((row) => ({ ...row, balance: BigInt(row.balance), credits: BigInt(row.credits) }))
    },
  })
}

/** How many customers a team has: see maybeCount(). */
export const maybeCountMembers = (actor: Actor, team: { id: string }): Promise<number | null> =>
  maybeCount(
    actor,
    {
      text: 'select from customers where reseller_id = $1 and team_id = $2::uuid',
      values: [actor.reseller.id, team.id],
    },
    { isSearch: false },
  )
