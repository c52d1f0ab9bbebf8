import { z } from 'zod'
import { ask } from '../database/ask.ts'
import type { Account, State, TeamType } from '../generated/prisma/client.ts'
import { fileEvent } from '../files/file.ts'
import { optionalChoice, text } from '../forms/form.ts'
import type { List, Ranges } from '../lists/list.ts'
import type { KeyKind } from '../lists/order.ts'
import { FOUND_MAX } from '../lists/statement.ts'
import { paths } from '../paths.ts'
import { type Actor, may, mustBeAllowed } from '../people/actor.ts'
import { exactMatches } from '../people/exact.ts'
import { tagKey } from '../tags/tag.ts'
import { TEAM_TYPE_NAMES } from '../teams/names.ts'
import { sayWhyDefault } from '../teams/why-default.ts'
import { fitsTerms, searchTerms } from '../database/search-terms.ts'
import type { MailJson, MailOutcome } from '../mail/outcome.ts'
import { type Sentence, t, wordsFor } from '../words/words.ts'
import { customersExported } from './events.ts'
import { canTurnOff } from './turn-off.ts'
import { UNREACHED, unreached } from './unreached.ts'

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

const STATES = ['ON', 'OFF'] as const satisfies readonly State[]
const TYPES = ['default', 'individual', 'enterprise'] as const satisfies readonly TeamType[]

/** What the list's address may say. */
export const CustomerQuery = z.object({
  q: text({ max: 200 }).default(''),
  state: optionalChoice(STATES),
  type: optionalChoice(TYPES),
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
  /** Of a page: its tags, whose names and colors stand on the page once. */
  tagIds: string[]
  /** Of a file. */
  tagNames: string[]
  registeredAt: Date
  canTurnOff: boolean
  /** Of a page: the mail with a link that they need and that did not arrive, for who may see mails. */
  undelivered: MailOutcome | null
}

/** A row as pg gives it. */
type CustomerRow = Omit<
  ListedCustomer,
  'whyDefault' | 'balance' | 'credits' | 'canTurnOff' | 'undelivered' | 'tagIds' | 'tagNames'
> & {
  /** Whether the team has a billing profile. */
  hasProfile: boolean
  /** Of a Default team: whether the address of its first customer is verified. */
  isVerified: boolean | null
  balance: string
  credits: string
  tagIds?: string[]
  tagNames?: string[]
  mails?: MailJson[] | null
}

/** The column behind each sort. */
const SORT_COLUMNS = {
  email: { column: 'email', kind: 'email' },
  balance: { column: 'balance', kind: 'amount' },
  credits: { column: 'credits', kind: 'amount' },
  registeredAt: { column: 'registered_at', kind: 'time' },
} as const satisfies Record<string, { column: string; kind: KeyKind }>

/** The columns of a customer that customerColumns() and the joins name. */
const LISTED =
  'id, email, name, team_id, balance, credits, state, reset_by, registered_at, last_login_at, email_verified_at'

const LISTED_ROWS = `(select reseller_id, ${LISTED} from customers where reseller_id = $1)`

/** What stands beside the words that customers are found by: their states, the types of their teams, and what the list is sorted by. */
const SEARCH_ROWS = 'customer_search'
/** The same beside each tag. */
const TAGGED_ROWS =
  '(select reseller_id, customer_id as id, tag_id, type, state, registered_at from customer_tags where reseller_id = $1)'

/** Have the columns state and type. */
const NARROWED = [SEARCH_ROWS, TAGGED_ROWS]

const amountRows = (account: Account, column: string) =>
  `(select reseller_id, id, amount as ${column} from customer_amounts where reseller_id = $1 and account = '${account}')`

/** Balance and credits in tables of their own: beside the words, or in an index of the customers, each posting would write there. */
const AMOUNT_ROWS = {
  balance: amountRows('BALANCE', 'balance'),
  credits: amountRows('CREDITS', 'credits'),
} as const

/** The table whose index has what is asked for in this order. */
function tableFor({ sort, q, state, type, tag }: CustomerQuery): string {
  if (sort.endsWith('balance')) return AMOUNT_ROWS.balance
  if (sort.endsWith('credits')) return AMOUNT_ROWS.credits
  if (sort.endsWith('registeredAt') && tag) return TAGGED_ROWS
  return q || state || type || tag ? SEARCH_ROWS : LISTED_ROWS
}

/** Those indexes begin with type and state. */
function rangesFor(query: CustomerQuery): Ranges<CustomerQuery> | null {
  if (!NARROWED.includes(tableFor(query))) return null
  const of = <Value>(all: readonly Value[], chosen?: Value) => (chosen === undefined ? all : [chosen])
  return {
    by: ['state', 'type'],
    each: of(TYPES, query.type).flatMap((type) =>
      of(STATES, query.state).map((state) => `hit.type = '${type}' and hit.state = '${state}'`),
    ),
  }
}

/** SQL that is true of a customer whose search row fits. */
const inSearchRow = (fits: string) =>
  `exists (select from customer_search s where s.reseller_id = $1 and s.id = hit.id and ${fits} offset 0)`

/** What is shown of a customer, with the list row `listed`. */
const customerColumns = (c: string) => `
  ${c}.id, ${c}.email, ${c}.name, ${c}.team_id as "teamId", listed.team_name as "teamName", listed.team_type as "teamType",
  listed.has_profile as "hasProfile", listed.company_name as "companyName",
  case when listed.team_type <> 'default' then null
    when listed.team_owner_id = ${c}.id then ${c}.email_verified_at is not null
    else (select o.email_verified_at is not null from customers o where o.reseller_id = $1 and o.id = listed.team_owner_id)
  end as "isVerified", ${c}.balance::text, ${c}.credits::text, ${c}.state, ${c}.reset_by as "resetBy", ${c}.registered_at as "registeredAt",
  ${c}.last_login_at as "lastLoginAt", ${c}.email_verified_at as "emailVerifiedAt"`

const TAG_NAMES = `array(select g.name from customer_tags ct join tags g on g.reseller_id = $1 and g.id = ct.tag_id
  where ct.reseller_id = $1 and ct.customer_id = hit.id order by g.key) as "tagNames"`

/** The customers that fit, with team, company and tags. Exact matches come first. */
export const customers = {
  may: 'customers.see',
  size: 50,
  table: tableFor,
  ranges: rangesFor,
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
  looksUp: (query) => {
    const table = tableFor(query)
    return table === TAGGED_ROWS ? query.q !== '' : table !== SEARCH_ROWS || query.tag !== ''
  },
  filters: {
    tag: {
      fits: (name, { bind, table }) => {
        const id = tagId(bind(tagKey(name)))
        if (table === TAGGED_ROWS) return `hit.tag_id = ${id}`
        return `exists (select from customer_tags ct
          where ct.reseller_id = $1 and ct.customer_id = hit.id and ct.tag_id = ${id} offset 0)`
      },
      isIndexed: (_name, query) => tableFor(query) === TAGGED_ROWS,
      find: (name, { bind, table }) => {
        const id = tagId(bind(tagKey(name)))
        return table === TAGGED_ROWS
          ? { rows: `select hit.* from ${table} hit where hit.reseller_id = $1 and hit.tag_id = ${id}` }
          : {
              ids: `select ct.customer_id as id from customer_tags ct where ct.reseller_id = $1 and ct.tag_id = ${id}`,
            }
      },
    },
    q: {
      fits: (words, { bind, table }) => {
        const fits = fitsTerms(table === SEARCH_ROWS ? 'hit.words' : 's.words', searchTerms(words), bind)
        return table === SEARCH_ROWS ? `(${fits})` : inSearchRow(fits)
      },
      find: (words, { bind, table }, { sort, state, type }) => {
        const isOfRows = table === SEARCH_ROWS
        // No more than is asked for: thousands are kept until they are in order.
        const sorted = sort.endsWith('email') ? 's.email' : 's.registered_at'
        const narrowed = `${state ? ', s.state' : ''}${type ? ', s.type' : ''}`
        const columns = isOfRows ? `s.reseller_id, s.id, ${sorted}${narrowed}` : 's.id'
        const found = `select ${columns} from customer_search s where s.reseller_id = $1`
        const named = exactMatches(words, bind)
        // As subselects: a plan that depended on the pattern would be made each time, which takes longer than finding a few.
        const patternOf = (pattern: unknown) => `(select ${bind(pattern)}::text)`
        const fits = `${found} and ${fitsTerms('s.words', searchTerms(words), patternOf)}`
        const sql = named ? `(${fits} limit ${FOUND_MAX + 1}) union ${found} and s.id in (${named})` : fits
        return isOfRows ? { rows: sql } : { ids: sql }
      },
    },
    state: {
      fits: (state, { bind, table }) => {
        const value = `${bind(state)}::state`
        return NARROWED.includes(table) ? `hit.state = ${value}` : inSearchRow(`s.state = ${value}`)
      },
    },
    type: {
      fits: (type, { bind, table }) => {
        const value = `${bind(type)}::team_type`
        return NARROWED.includes(table) ? `hit.type = ${value}` : inSearchRow(`s.type = ${value}`)
      },
    },
  },
  counted: (query) => ({ ...query, sort: '-registeredAt' }),
  // Nobody may delete a customer: see src/database/rights.ts.
  onlyGrows: ({ q, state, type, tag }) => !(q || state || type || tag),
  pinned: ({ q }, bind) => {
    const ids = q ? exactMatches(q, bind) : null
    return ids ? { ids, by: 'q' } : null
  },
  selected: ({ actor, table, isPage }) => {
    const columns = customerColumns(table === LISTED_ROWS ? 'hit' : 'c')
    if (!isPage) return `${columns}, ${TAG_NAMES}`
    return `${columns}, listed.tag_ids as "tagIds"${may(actor, 'mails.see') ? ', unreached.mails' : ''}`
  },
  joins: ({ actor, table, oneByOne, isPage }) => {
    const customer = table === LISTED_ROWS ? 'hit' : 'c'
    return `
      ${customer === 'c' ? `cross join lateral (select ${LISTED} from customers c where c.reseller_id = $1 and c.id = hit.id ${oneByOne}) c` : ''}
      cross join lateral (select l.* from customer_list_rows l where l.reseller_id = $1 and l.id = ${customer}.id ${oneByOne}) listed
      ${isPage && may(actor, 'mails.see') ? `left join ${UNREACHED} unreached on unreached.customer_id = hit.id` : ''}`
  },
  times: { registeredAt: true, lastLoginAt: true, emailVerifiedAt: true },
  toRow: ({ isVerified, hasProfile, mails, tagIds = [], tagNames = [], ...row }) => ({
    ...row,
    canTurnOff: canTurnOff(row),
    ...{ tagIds, tagNames },
    undelivered: mails ? unreached(mails, row) : null,
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
        [words(t('Tag')), ({ tagNames }) => tagNames.join(', ')],
        [words(t('Registration time')), ({ registeredAt }) => registeredAt],
      ],
    }
  },
} as const satisfies List<CustomerQuery, ListedCustomer, CustomerRow>

/** SQL for the id of the tag whose name is kept like this. */
const tagId = (key: string) => `(select g.id from tags g where g.reseller_id = $1 and g.key = ${key})`

/** Whether the reseller has any customer: an empty list means something else where there is none. */
export async function hasCustomers(actor: Actor): Promise<boolean> {
  const some = await ask(
    actor,
    () => 'select 1 as one from customers where reseller_id = $1 order by id limit 1',
    {},
  )
  return some.length > 0
}
