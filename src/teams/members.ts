import { isId } from '../database/id.ts'
import type { CursorQuery } from '../forms/cursor-query.ts'
import type { State } from '../generated/prisma/client.ts'
import type { List } from '../lists/list.ts'
import { newestFirst } from '../lists/order.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { CUSTOMER_ROWS } from '../people/customer.ts'
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

/** A team's customers, the latest registered first. */
export const members = {
  may: 'customers.see',
  size: 50,
  table: CUSTOMER_ROWS,
  where: ({ of, bind }) => [`hit.team_id = ${bind(of.id)}::uuid`],
  order: newestFirst(['registered_at', 'registeredAt'], { column: 'id', field: 'id', kind: 'customerId' }),
  selected: `
    hit.id, hit.email, hit.name, hit.state, hit.balance, hit.credits, hit.registered_at as "registeredAt",
    (select coalesce(json_agg(json_build_object('name', g.name, 'colour', g.colour) order by g.key), '[]')
     from customer_tags ct join tags g on g.reseller_id = $1 and g.id = ct.tag_id
     where ct.reseller_id = $1 and ct.customer_id = hit.id) as tags`,
  toRow: (row) => ({ ...row, balance: BigInt(row.balance), credits: BigInt(row.credits) }),
} as const satisfies List<CursorQuery, Member, MemberRow, { id: string }>
