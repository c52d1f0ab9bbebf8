import { z } from 'zod'
import { ask } from '../database/ask.ts'
import type { State, TeamType } from '../generated/prisma/client.ts'
import { fileEvent } from '../files/file.ts'
import { optionalChoice, text } from '../forms/form.ts'
import type { List } from '../lists/list.ts'
import type { KeyKind } from '../lists/order.ts'
import { paths } from '../paths.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { exactMatches } from '../people/exact.ts'
import { tagKey } from '../tags/tag.ts'
import { TEAM_TYPE_NAMES } from '../teams/names.ts'
import { sayWhyDefault } from '../teams/why-default.ts'
import { fitsTerms, searchTerms } from '../database/search-terms.ts'
import { type Sentence, t, wordsFor } from '../words/words.ts'
import { customersExported } from './events.ts'

const SORTS = [
  'email',
  '-email',
  'balance',
  '-balance',
  'credits',
  '-credits',
  'registeredAt',
  '-registeredAt',
] as const

/** What the list's address may say. */
export const CustomerQuery = z.object({
  q: text({ max: 200 }).default(''),
  state: optionalChoice(['ON', 'OFF']),
  type: optionalChoice(['default', 'individual', 'enterprise']),
  tag: text({ max: 60 }).default(''),
  sort: optionalChoice(SORTS).transform((sort) => sort ?? '-registeredAt'),
  after: text({ max: 400 }).default(''),
  before: text({ max: 400 }).default(''),
})
export type CustomerQuery = z.output<typeof CustomerQuery>

/** One row of the list, and of its export. */
export interface ListedCustomer {
  id: string
  email: string
  /** '' where nobody gave one. */
  name: string
  teamId: string
  teamName: string
  teamType: TeamType
  /** Why the team is Default; null where it is not. */
  whyDefault: Sentence | null
  /** Minor units. */
  balance: bigint
  credits: bigint
  /** Enterprise only. */
  companyName: string | null
  state: State
  /** Whose reset came before all that is done as this customer, see src/people/reset-mark.ts; null: nobody's. */
  resetBy: string | null
  lastLoginAt: Date | null
  emailVerifiedAt: Date | null
  tags: { name: string; colour: string }[]
  registeredAt: Date
}

/** A row as pg gives it. */
type CustomerRow = Omit<ListedCustomer, 'whyDefault' | 'balance' | 'credits'> & {
  hasProfile: boolean
  /** Of a Default team: whether the address of its first customer is verified. */
  isVerified: boolean | null
  balance: string
  credits: string
}

/** The column behind each sort. */
const SORT_COLUMNS = {
  email: { column: 'email', kind: 'email' },
  balance: { column: 'balance', kind: 'amount' },
  credits: { column: 'credits', kind: 'amount' },
  registeredAt: { column: 'registered_at', kind: 'time' },
} as const satisfies Record<string, { column: string; kind: KeyKind }>

/** The customers that fit, with team, company and tags. Exact matches come first. */
export const customers = {
  may: 'customers.see',
  size: 50,
  table: 'customers',
  order: ({ sort }) => {
    const field = sort.replace('-', '') as keyof typeof SORT_COLUMNS
    return {
      name: sort,
      by: [
        { ...SORT_COLUMNS[field], field },
        { column: 'id', field: 'id', kind: 'customerId' },
      ],
      isAscending: !sort.startsWith('-'),
    }
  },
  filters: {
    q: {
      fits: (words, { bind }) =>
        `exists (select from customer_search s
          where s.reseller_id = $1 and s.id = hit.id and ${fitsTerms('s.words', searchTerms(words), bind)} offset 0)`,
      find: (words, bind) => {
        const named = exactMatches(words, bind)
        return `select s.id from customer_search s where s.reseller_id = $1 and ${fitsTerms('s.words', searchTerms(words), bind)}
          ${named ? `union ${named}` : ''}`
      },
    },
    tag: {
      fits: (name, { bind }) =>
        `exists (select from customer_tags ct
          where ct.reseller_id = $1 and ct.customer_id = hit.id and ct.tag_id = ${tagId(bind(tagKey(name)))} offset 0)`,
      find: (name, bind) =>
        `select ct.customer_id as id from customer_tags ct
         where ct.reseller_id = $1 and ct.tag_id = ${tagId(bind(tagKey(name)))}`,
    },
    state: {
      fits: (state, { bind }) => `hit.state = ${bind(state)}::state`,
      isIndexed: (_state, { sort }) => sort.endsWith('registeredAt'),
    },
    type: {
      fits: (type, { bind }) =>
        `(select t.type from teams t where t.reseller_id = $1 and t.id = hit.team_id) = ${bind(type)}::team_type`,
    },
  },
  pinned: ({ q }, bind) => {
    const ids = q ? exactMatches(q, bind) : null
    return ids ? { ids, by: 'q' } : null
  },
  columns: `
    hit.id, hit.email, hit.name, hit.team_id as "teamId", t.name as "teamName", t.type as "teamType", b.id is not null as "hasProfile",
    case when t.type = 'default' then
      (select o.email_verified_at is not null from customers o where o.reseller_id = $1 and o.id = t.owner_customer_id)
    end as "isVerified", hit.balance, hit.credits, hit.state, hit.reset_by as "resetBy", hit.registered_at as "registeredAt",
    hit.last_login_at as "lastLoginAt", hit.email_verified_at as "emailVerifiedAt",
    case when t.type = 'enterprise' then b.company_name end as "companyName",
    (select coalesce(json_agg(json_build_object('name', g.name, 'colour', g.colour) order by g.key), '[]')
     from customer_tags ct join tags g on g.reseller_id = $1 and g.id = ct.tag_id
     where ct.reseller_id = $1 and ct.customer_id = hit.id) as tags`,
  joins: `
    join teams t on t.reseller_id = $1 and t.id = hit.team_id
    left join billing_profiles b on b.reseller_id = $1 and b.id = t.id`,
  toRow: ({ isVerified, hasProfile, ...row }) => ({
    ...row,
    balance: BigInt(row.balance),
    credits: BigInt(row.credits),
    whyDefault:
      row.teamType === 'default'
        ? sayWhyDefault({ hasCustomers: true, isVerified: isVerified === true, hasProfile })
        : null,
  }),
  file: ({ actor, query: { q, state, type, tag, sort } }) => {
    mustBeAllowed(actor, 'customers.export')
    const words = wordsFor(actor.reseller.locale)
    return {
      named: { what: 'customers', whose: actor.reseller.slug },
      event: fileEvent(customersExported, {
        query: paths.customers({ q, state, type, tag, sort }).split('?')[1] ?? '',
      }),
      columns: [
        [words(t('Customer account')), ({ email }) => email],
        [words(t('Team name')), ({ teamName }) => teamName],
        [words(t('Team type')), ({ teamType }) => words(TEAM_TYPE_NAMES[teamType])],
        [words(t('Internal customer ID')), ({ id }) => id],
        [words(t('Balance')), ({ balance }) => balance],
        [words(t('Credits')), ({ credits }) => credits],
        [words(t('Company name')), ({ companyName }) => companyName],
        [words(t('State')), (customer) => customer.state],
        [words(t('Tag')), ({ tags }) => tags.map(({ name }) => name).join(', ')],
        [words(t('Registration time')), ({ registeredAt }) => registeredAt],
      ],
    }
  },
} as const satisfies List<CustomerQuery, ListedCustomer, CustomerRow>

/** SQL for the id of the tag whose name is kept like this. */
const tagId = (key: string) => `(select g.id from tags g where g.reseller_id = $1 and g.key = ${key})`

/** Whether the reseller has any customer: an empty list means something else where there is none. */
export async function hasCustomers(actor: Actor): Promise<boolean> {
  const some = await ask(actor, () => 'select 1 as one from customers where reseller_id = $1 limit 1', {})
  return some.length > 0
}
