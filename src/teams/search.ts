import { fitsTerms, searchTerms } from '../database/search-terms.ts'
import { SearchStopped, search } from '../database/search.ts'
import type { TeamType } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { exactMatches } from '../people/exact.ts'

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
/** Of a common word not more customers than this are looked at; who gets that many types more. */
const HITS_MAX = 400
/** So many are found before: to find four hundred in order, the planner at times goes through the whole list for a word that an index knows. */
const FOUND_MAX = 2_000

/**
 * Teams that fit some words: by whatever any of their customers is found by, empty teams by their own names. At most 20: first that of a
 * customer whom the words name outright, then by name; `more` says that there are others. The search goes through the customers' trigram
 * index, and looks each one up by its id (`offset 0`: for hundreds, the planner would at times read the whole table), so that it stays quick
 * among any number of teams. Nothing is found by no words.
 */
export async function searchTeams(
  actor: Actor,
  words: string,
  { exceptId = null }: { exceptId?: string | null } = {},
): Promise<{ teams: FoundTeam[]; more: boolean }> {
  mustBeAllowed(actor, 'customers.see')
  if (words === '') return { teams: [], more: false }
  const terms = searchTerms(words)
  const values: unknown[] = [actor.reseller.id, exceptId]
  const bind = (value: unknown) => `$${values.push(value)}`
  const named = exactMatches(words, bind)
  const text = `with hit as (
       ${named ? `select team_id as id, true as is_named from customers where reseller_id = $1 and id in (${named}) union all` : ''}
       select c.team_id as id, false as is_named from (
         select s.id from (
           select s.id from customer_search s where s.reseller_id = $1 and ${fitsTerms('s.words', terms, bind)}
           limit ${FOUND_MAX}) s
         order by s.id limit ${HITS_MAX}) s
       cross join lateral (select team_id from customers where reseller_id = $1 and id = s.id offset 0) c
       union all
       (select t.id, false from teams t
        left join billing_profiles b on b.reseller_id = $1 and b.id = t.id
        where t.reseller_id = $1 and t.owner_customer_id is null
          and ${fitsTerms(`' ' || search_folded(concat_ws(' ', t.name, b.company_name, b.legal_name))`, terms, bind)}
        limit ${HITS_MAX})
     ),
     found as (select id, bool_or(is_named) as is_named from hit group by id)
     select t.id, t.name, t.type, o.email as "ownerEmail",
            case when t.type = 'enterprise' then b.company_name end as "companyName",
            (select count(*)::int from customers m where m.reseller_id = $1 and m.team_id = t.id) as customers
     from found
     cross join lateral (
       select id, name, type, owner_customer_id from teams where reseller_id = $1 and id = found.id offset 0) t
     left join lateral (
       select company_name from billing_profiles where reseller_id = $1 and id = t.id offset 0) b on true
     left join lateral (
       select email from customers where reseller_id = $1 and id = t.owner_customer_id offset 0) o on true
     where t.id is distinct from $2
     order by found.is_named desc, lower(t.name), t.id
     limit ${SHOWN_MAX + 1}`
  const rows = await maybeFound(search<FoundTeam>(actor, { text, values }))
  // The form that the teams are chosen in is shown, also where the search was stopped.
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
