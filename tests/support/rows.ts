import pg from 'pg'
import type { Database } from '../../src/database/client.ts'
import type { House } from './cast.ts'
import type { EmptyPurser } from './purser.ts'

/** What stands in the database about one customer, for a test to look at. */
export interface Known {
  id: string
  resellerId: string
}

/** The customer's row with team and billing profile. */
export function customerRow({ system }: House, { id, resellerId }: Known) {
  return system.database.prisma.customer.findUniqueOrThrow({
    where: { resellerId_id: { resellerId, id } },
    include: { team: { include: { billingProfile: true } }, tags: { include: { tag: true } } },
  })
}

/** The customer's audit rows of one event, oldest first. */
export function eventRows({ system, reseller }: House, { id }: { id: string }, event: string) {
  return system.database.prisma.auditRow.findMany({
    where: { resellerId: reseller.id, customerId: id, event },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  })
}

/** The customer's one-time links, oldest first. */
export function linkRows({ system }: House, { id, resellerId }: Known) {
  return system.database.prisma.oneTimeLink.findMany({
    where: { resellerId, customerId: id },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
}

/** The mails that concern the customer, oldest first. */
export function mailRows({ system }: House, { id, resellerId }: Known) {
  return system.database.prisma.mail.findMany({
    where: { resellerId, customerId: id },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
}

/** Gives customers one external reference, as they could have it before each belonged to one. The first is the one who holds it. */
export async function shareReference(
  { database }: EmptyPurser,
  customers: readonly Known[],
  reference: string,
) {
  const client = new pg.Client(database.ownerUrl)
  await client.connect()
  await client.query('begin')
  await client.query('alter table customers disable trigger customers_hold_external_reference')
  for (const [place, { resellerId, id }] of customers.entries()) {
    await client.query(
      `update customers set external_reference = $3, external_reference_key = folded_name($3),
         external_reference_place = $4 where reseller_id = $1 and id = $2`,
      [resellerId, id, reference, place],
    )
  }
  await client.query('alter table customers enable trigger customers_hold_external_reference')
  await client.query('commit')
  await client.end()
}

/** The tables, Purser's own and the queue's, in which this text stands anywhere. */
export function tablesHolding({ owner }: EmptyPurser, text: string): Promise<string[]> {
  return withTables(owner, ['public', 'pgboss'], async (client, tables) => {
    const holding: string[] = []
    for (const table of tables) {
      const where = `from ${table} t where strpos(t::text, $1) > 0 limit 1`
      if ((await client.query(`select ${where}`, [text])).rows.length > 0) holding.push(table)
    }
    return holding
  })
}

/**
 * What each table holds, Purser's own and the queue's, as a digest: two that are the same mean that nothing was written, not even what
 * stood there already.
 */
export function tableDigests({ owner }: Pick<EmptyPurser, 'owner'>): Promise<ReadonlyMap<string, string>> {
  return withTables(owner, ['public', 'pgboss'], async (client, tables) => {
    const each = tables.map(
      (table) => `select '${table}' as name,
        md5(coalesce(string_agg(t.xmin::text || t::text, e'\\n' order by t::text collate "C"), '')) as digest from ${table} t`,
    )
    const { rows } = await client.query<{ name: string; digest: string }>(each.join(' union all '))
    return new Map(rows.map(({ name, digest }) => [name.replace('public.', ''), digest]))
  })
}

/** The tables that hold something else than before. */
export async function changedSince(
  before: ReadonlyMap<string, string>,
  purser: Pick<EmptyPurser, 'owner'>,
): Promise<string[]> {
  const after = await tableDigests(purser)
  return [...after.keys()].filter((table) => after.get(table) !== before.get(table)).sort()
}

/**
 * Looks at all tables of these schemas, as their owner. On a connection that was there before, as far as may be: a new one would first read
 * what each table is like.
 */
async function withTables<Seen>(
  { pool }: Database,
  schemas: string[],
  look: (client: pg.PoolClient, tables: string[]) => Promise<Seen>,
): Promise<Seen> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables where schemaname = any($1)`,
      [schemas],
    )
    return await look(
      client,
      rows.map(({ name }) => name),
    )
  } finally {
    client.release()
  }
}
