import { z } from 'zod'
import { COUNTED_MAX, maybeCount } from '../database/counted.ts'
import {
  type Cursor,
  FROM_THE_START,
  type From,
  type KeysetPage,
  isCursorTime,
  readPage,
} from '../database/keyset.ts'
import { fitsTerms, searchTerms } from '../database/search-terms.ts'
import { search } from '../database/search.ts'
import type { State, TeamType } from '../generated/prisma/client.ts'
import { type Actor, mustBeAllowed } from '../people/actor.ts'
import { isCustomerId } from '../people/customer-id.ts'
import { exactMatches } from '../people/exact.ts'
import { tagKey } from '../tags/tag.ts'
import { sayWhyDefault } from '../teams/why-default.ts'
import { optionalChoice, text } from '../forms/form.ts'
import type { Sentence } from '../words/words.ts'

export const SORTS = [
  'email',
  '-email',
  'balance',
  '-balance',
  'credits',
  '-credits',
  'registeredAt',
  '-registeredAt',
] as const
export type Sort = (typeof SORTS)[number]

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

const ROWS_IN_A_PAGE = 50

/** The column behind each sort, all NOT NULL, because a row comparison loses rows whose value is NULL. */
const SORT_COLUMNS = {
  email: 'c.email',
  balance: 'c.balance',
  credits: 'c.credits',
  registeredAt: 'c.registered_at',
} as const
/** What the rows of a page are made of. */
const COLUMNS =
  'c.reseller_id, c.id, c.email, c.name, c.team_id, c.balance, c.credits, c.state, c.reset_by, c.registered_at, c.last_login_at, c.email_verified_at'

/** How many customers are read in the order of the list before the search asks its own index. */
const NEAR = 10_000

type SortKey = keyof typeof SORT_COLUMNS
const SORT_TYPES: Record<SortKey, string> = {
  email: 'text',
  balance: 'bigint',
  credits: 'bigint',
  registeredAt: 'timestamptz',
}

/**
 * A page of customers that fit the query: keyset paging, no OFFSET and no count. It picks its rows from the customers' own indexes
 * first and joins team, company and tags for those only. One statement for the rows, by hand, because this is the page that everybody has
 * open; a tag in the query is looked up before.
 */
export async function listCustomers(actor: Actor, query: CustomerQuery): Promise<KeysetPage<ListedCustomer>> {
  mustBeAllowed(actor, 'customers.see')
  return readPage(query, {
    size: ROWS_IN_A_PAGE,
    cursorOf: (row) => cursorOf(row, query.sort),
    isCursor: (values) => isCursor(values, query.sort),
    find: async (part) => {
      const statement = await customerStatement(actor, query, part)
      // Without a filter an index gives the rows at once. With one, matching rows may be anywhere, so the time is limited.
      const found = isNarrowed(query)
        ? await search<CustomerRow>(actor, statement)
        : (await actor.database.pool.query<CustomerRow>(statement)).rows
      return found.map(toListed)
    },
  })
}

/** How many customers fit the query, on all of its pages: see maybeCount(). */
export async function maybeCountCustomers(actor: Actor, query: CustomerQuery): Promise<number | null> {
  mustBeAllowed(actor, 'customers.see')
  const { hits, values } = await customerStatement(actor, query, {
    ...FROM_THE_START,
    limit: COUNTED_MAX + 1,
  })
  return maybeCount(actor, { text: `${hits} select from hit`, values }, { isSearch: isNarrowed(query) })
}

const isNarrowed = ({ q, state, type, tag }: CustomerQuery) => Boolean(q || state || type || tag)

/** Whether the reseller has any customer: an empty list means something else where there is none. */
export async function hasCustomers(actor: Actor): Promise<boolean> {
  const first = await actor.database.prisma.customer.findFirst({
    where: { resellerId: actor.reseller.id },
    select: { id: true },
  })
  return first !== null
}

/** A row as customerStatement() gives it. */
export type CustomerRow = Omit<ListedCustomer, 'whyDefault' | 'balance' | 'credits'> & {
  hasProfile: boolean
  /** Of a Default team: whether the address of its first customer is verified. */
  isVerified: boolean | null
  balance: string
  credits: string
}

/**
 * The SQL for the rows that fit the query, in its order; the list takes a page of it, the export all of it, so that both show the
 * same. Without `limit` there is no end. A tag's id is looked up first: by it the database knows how many customers have the tag, and
 * begins with those where they are few; for a tag that nobody has, by its name alone, it would read the list to its end.
 */
export async function customerStatement(
  actor: Actor,
  query: Pick<CustomerQuery, 'q' | 'state' | 'type' | 'tag' | 'sort'>,
  { cursor, backwards, limit }: From & { limit?: number } = FROM_THE_START,
) {
  const values: unknown[] = [actor.reseller.id]
  const bind = (value: unknown) => `$${values.push(value)}`
  const { key, descending } = sortOf(query.sort)
  const column = SORT_COLUMNS[key]
  const down = descending !== backwards
  const conditions = ['c.reseller_id = $1']
  const joins: string[] = []

  if (query.state) conditions.push(`c.state = ${bind(query.state)}::state`)
  if (query.type) {
    joins.push('join teams wanted on wanted.reseller_id = $1 and wanted.id = c.team_id')
    conditions.push(`wanted.type = ${bind(query.type)}::team_type`)
  }
  if (query.tag) {
    const tagId = await maybeTagId(actor, query.tag)
    if (!tagId) conditions.push('false')
    else {
      conditions.push(`exists (select from customer_tags ct
        where ct.reseller_id = $1 and ct.customer_id = c.id and ct.tag_id = ${bind(tagId)}::uuid)`)
    }
  }
  const order = (alias: string) =>
    `${column.replace('c.', alias)} ${down ? 'desc' : 'asc'}, ${alias}id ${down ? 'desc' : 'asc'}`
  const list: ListParts = {
    bind,
    rowsOf: (from, more) =>
      `select ${COLUMNS} from ${from} ${joins.join(' ')} where ${[...conditions, ...more].join(' and ')}`,
    beyond: cursor
      ? [`(${column}, c.id) ${down ? '<' : '>'} (${bind(cursor[2])}::${SORT_TYPES[key]}, ${bind(cursor[1])})`]
      : [],
    inOrder: (max) => (max ? `order by ${order('c.')} limit ${max}` : ''),
  }
  const { tables, hits } = query.q
    ? searched(query.q, list, limit)
    : { tables: [], hits: [hit(1, `${list.rowsOf('customers c', list.beyond)} ${list.inOrder(limit)}`)] }
  const found = `with ${[...tables, `hit as (${hits.join(' union all ')})`].join(', ')}`
  return {
    hits: found,
    text: `
      ${found}
      select hit.id, hit.email, hit.name, hit.team_id as "teamId", t.name as "teamName", t.type as "teamType", b.id is not null as "hasProfile",
             case when t.type = 'default' then
               (select o.email_verified_at is not null from customers o where o.reseller_id = $1 and o.id = t.owner_customer_id)
             end as "isVerified", hit.balance, hit.credits, hit.state, hit.reset_by as "resetBy", hit.registered_at as "registeredAt",
             hit.last_login_at as "lastLoginAt", hit.email_verified_at as "emailVerifiedAt",
             case when t.type = 'enterprise' then b.company_name end as "companyName",
             (select coalesce(json_agg(json_build_object('name', g.name, 'colour', g.colour) order by g.key), '[]')
              from customer_tags ct join tags g on g.reseller_id = $1 and g.id = ct.tag_id
              where ct.reseller_id = $1 and ct.customer_id = hit.id) as tags
      from hit
      join teams t on t.reseller_id = $1 and t.id = hit.team_id
      left join billing_profiles b on b.reseller_id = $1 and b.id = t.id
      order by hit.place, ${order('hit.')}`,
    values,
  }
}

/** What the parts of the list's statement are put together from. */
interface ListParts {
  bind: (value: unknown) => string
  /** The customers among these that fit the filters, and more conditions. */
  rowsOf: (from: string, more: readonly string[]) => string
  /** The condition of the place that is gone on from, if there is one. */
  beyond: readonly string[]
  /** The first so many in the list's order; without a number all, in none. */
  inOrder: (max: number | undefined) => string
}

const hit = (place: 0 | 1, rows: string) => `select ${place} as place, c.* from (${rows}) c`

/**
 * The customers whom a search finds. Whom it names outright stands before all others, on the first page alone. What many have is met soon
 * along the order; what few have the trigram index knows, which is asked only where the first way does not fill the page.
 */
function searched(q: string, { bind, rowsOf, beyond, inOrder }: ListParts, limit: number | undefined) {
  const tables: string[] = []
  const hits: string[] = []
  const fits = fitsTerms('s.words', searchTerms(q), bind)
  const named = exactMatches(q, bind)
  const others = named ? ['c.id not in (select id from named)'] : []
  if (named) tables.push(`named as materialized (${named})`)
  if (named && beyond.length === 0) {
    hits.push(hit(0, rowsOf('customers c', ['c.id in (select id from named)'])))
  }
  let unlessNear = ''
  if (limit) {
    const way = `select ${COLUMNS} from customers c where ${['c.reseller_id = $1', ...beyond].join(' and ')} ${inOrder(NEAR)}`
    const isFound = `exists (select from customer_search s where s.reseller_id = $1 and s.id = c.id and ${fits})`
    tables.push(`near as materialized (${rowsOf(`(${way}) c`, [...others, isFound])} ${inOrder(limit)})`)
    hits.push(hit(1, `select * from near where (select count(*) from near) = ${limit}`))
    unlessNear = `and (select count(*) from near) < ${limit}`
  }
  tables.push(
    `found as materialized (select s.id from customer_search s where s.reseller_id = $1 and ${fits} ${unlessNear})`,
  )
  const far = rowsOf('found join customers c on c.reseller_id = $1 and c.id = found.id', [
    ...others,
    ...beyond,
  ])
  hits.push(hit(1, `${far} ${inOrder(limit)}`))
  return { tables, hits }
}

async function maybeTagId({ database, reseller }: Actor, name: string): Promise<string | null> {
  const { rows } = await database.pool.query<{ id: string }>({
    name: 'tag-id',
    text: 'select id from tags where reseller_id = $1 and key = $2',
    values: [reseller.id, tagKey(name)],
  })
  return rows[0]?.id ?? null
}

/** A row as the list and the file show it. */
export function toListed({ isVerified, hasProfile, ...row }: CustomerRow): ListedCustomer {
  return {
    ...row,
    balance: BigInt(row.balance),
    credits: BigInt(row.credits),
    whyDefault:
      row.teamType === 'default'
        ? sayWhyDefault({ hasCustomers: true, isVerified: isVerified === true, hasProfile })
        : null,
  }
}

function sortOf(sort: Sort): { key: SortKey; descending: boolean } {
  const descending = sort.startsWith('-')
  return { key: (descending ? sort.slice(1) : sort) as SortKey, descending }
}

/**
 * A cursor holds the sort it was made under, and the ID of a row with its value, so that it stays good even when the row's balance has changed
 * since.
 */
function cursorOf(row: ListedCustomer, sort: Sort): Cursor {
  const value = row[sortOf(sort).key]
  return [sort, row.id, value instanceof Date ? value.toISOString() : String(value)]
}

const isCursor = ([madeUnder, id = '', value = '']: Cursor, sort: Sort) =>
  madeUnder === sort && isCustomerId(id) && CURSOR_VALUES[sortOf(sort).key](value)

const CURSOR_VALUES: Record<SortKey, (value: string) => boolean> = {
  email: (value) => /^[^\s\0]+$/.test(value),
  balance: (value) => /^-?\d{1,18}$/.test(value),
  credits: (value) => /^-?\d{1,18}$/.test(value),
  registeredAt: isCursorTime,
}
