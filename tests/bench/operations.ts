import pg from 'pg'
import { writeCursor } from '../../src/lists/order.ts'
import { SEARCHES, customerId, hitsOf } from './customers.ts'

/** One thing that is measured, of the portal and of the bare server. */
export interface Operation {
  name: string
  method: 'GET' | 'POST'
  /** The addresses. In them and in `fields`, {customer} and {team} are random ones, {key} a new key and {csrf} the sender's token. */
  path: string
  barePath: string
  fields?: Record<string, string>
  status: number
  /** Of a list, how many rows the page has at least. */
  rows?: number
  /** The form asks who sends it. */
  isLogin?: boolean
}

const ROWS_IN_A_PAGE = 50
/** Which page of a million customers is gone to by the next link; of fewer, the one at the same share. */
const DEEP_PAGE = 10_000

const REFILL = {
  csrf: '{csrf}',
  idempotencyKey: '{key}',
  amount: '5.00',
  reason: 'payment_received',
  channel: 'card',
  reference: '{key}',
}

/** Everything that is measured, in the order of the table. */
export function operationsOf(size: number, places: DeepPlaces): Operation[] {
  const get = { method: 'GET', status: 200 } as const
  const post = { method: 'POST', status: 303 } as const
  const list = (name: string, query: string, rows: number) => ({
    ...{ name, ...get, path: `/customers?${query}`, barePath: `/customers?${query}` },
    rows: Math.min(ROWS_IN_A_PAGE, rows),
  })
  const searches = Object.keys(SEARCHES) as (keyof typeof SEARCHES)[]
  const refillAt = (customer: string) => `/customers/${customer}/refills`
  const one = customerId(Math.floor(size / 3))
  return [
    { ...list('list', '', ROWS_IN_A_PAGE), path: '/customers', barePath: '/customers' },
    {
      ...list(`page ${deepPage(size)}`, '', ROWS_IN_A_PAGE),
      path: `/customers?after=${places.cursor}`,
      barePath: `/customers?after=${places.bare}`,
    },
    { name: 'details', ...get, path: '/customers/{customer}', barePath: '/customers/{customer}' },
    ...searches.map((word) =>
      list(`search, ${hitsOf(word, size)} hits`, `q=${typedFor(word, size)}`, hitsOf(word, size)),
    ),
    list('state, type, tag', 'state=ON&type=enterprise&tag=vip', 1),
    {
      name: 'refill, spread',
      ...post,
      path: refillAt('{customer}'),
      barePath: '/teams/{team}/refills',
      fields: REFILL,
    },
    {
      name: 'refill, one customer',
      ...post,
      path: refillAt(one),
      barePath: '/teams/7/refills',
      fields: REFILL,
    },
    {
      name: 'login',
      ...post,
      path: '/login',
      barePath: '/login',
      fields: { csrf: '{csrf}', next: '' },
      isLogin: true,
    },
  ]
}

/** What is typed: a word, but for the one customer who is asked for by what stands before the @. */
const typedFor = (word: keyof typeof SEARCHES, size: number) =>
  word === 'quillfeather' ? `${Math.floor(size * 0.912345)}%40` : word

/** Where the deep page goes on from: the last row of the page before, as both servers write it in a next link. */
export interface DeepPlaces {
  cursor: string
  bare: string
}

const deepPage = (size: number) => Math.max(2, Math.round((DEEP_PAGE * size) / 1_000_000))

export async function findDeepPlaces(databaseUrl: string, size: number): Promise<DeepPlaces> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  try {
    const { rows } = await client.query<{ id: string; at: Date; text: string }>(
      `select lpad(id::text, 10, '0') as id, registered_at as at, registered_at::text as text from bare.customers
       order by registered_at desc, id desc offset $1 limit 1`,
      [(deepPage(size) - 1) * ROWS_IN_A_PAGE - 1],
    )
    const [last] = rows
    if (!last) throw new Error('There are too few customers for a deep page.')
    return {
      cursor: writeCursor([last.at.toISOString(), last.id], { name: '-registeredAt' }),
      bare: encodeURIComponent(`${last.text}~${last.id}`),
    }
  } finally {
    await client.end()
  }
}
