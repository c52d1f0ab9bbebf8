import type { TeamType } from '../generated/prisma/client.ts'
import { SearchStopped, search } from '../database/search.ts'
import { type Actor, mustBeAllowed } from '../sessions/actor.ts'

/** A team as one chooses among several. */
export interface FoundTeam {
  id: string
  name: string
  type: TeamType
  /** Enterprise only. */
  companyName: string | null
  ownerEmail: string | null
  customers: number
}

const SHOWN_MAX = 20
/** Of a common word not more customers than this are looked at; whoever gets that many types more. */
const HITS_MAX = 400

/**
 * Teams that fit some words: by name, company, or by any of their customers' account, internal ID or reference; empty teams by their
 * name. At most 20, by name; `more` says that there are others. The search goes through the customers' trigram index, so that it
 * stays quick among any number of teams. Nothing is found by no words.
 */
export async function searchTeams(
  actor: Actor,
  words: string,
  { exceptId = null }: { exceptId?: string | null } = {},
): Promise<{ teams: FoundTeam[]; more: boolean }> {
  mustBeAllowed(actor, 'customers.see')
  if (words === '') return { teams: [], more: false }
  const like = `%${words.replace(/[\\%_]/g, '\\$&')}%`
  const text = `with hit as (
       select c.team_id from customer_search s
       join customers c on c.reseller_id = s.reseller_id and c.id = s.id
       where s.reseller_id = $1 and s.words like lower($2)
       limit ${HITS_MAX}
     )
     select t.id, t.name, t.type, o.email as "ownerEmail",
            case when t.type = 'enterprise' then b.company_name end as "companyName",
            (select count(*)::int from customers m where m.reseller_id = t.reseller_id and m.team_id = t.id) as customers
     from teams t
     left join billing_profiles b on b.reseller_id = t.reseller_id and b.id = t.id
     left join customers o on o.reseller_id = t.reseller_id and o.id = t.owner_customer_id
     where t.reseller_id = $1 and t.id is distinct from $3
       and (t.id in (select team_id from hit) or (t.owner_customer_id is null and lower(t.name) like lower($2)))
     order by lower(t.name), t.id
     limit ${SHOWN_MAX + 1}`
  const rows = await maybeFound(
    search<FoundTeam>(actor, { text, values: [actor.reseller.id, like, exceptId] }),
  )
  // The form that the teams are chosen in stays, whatever became of the search.
  if (!rows) return { teams: [], more: true }
  return { teams: rows.slice(0, SHOWN_MAX), more: rows.length > SHOWN_MAX }
}

/** What was found; null where the search was stopped. */
async function maybeFound<Found>(found: Promise<Found>): Promise<Found | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof SearchStopped) return null
    throw error
  }
}
