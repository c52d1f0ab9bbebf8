import pg from 'pg'
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

/** The customer's audit rows of one deed, oldest first. */
export function deedRows({ system, reseller }: House, { id }: { id: string }, deed: string) {
  return system.database.prisma.auditRow.findMany({
    where: { resellerId: reseller.id, customerId: id, deed },
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

/** The tables, Purser's own and the queue's, in which this text stands anywhere. */
export async function tablesHolding({ database }: EmptyPurser, text: string): Promise<string[]> {
  const client = new pg.Client(database.ownerUrl)
  await client.connect()
  const { rows: tables } = await client.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname in ('public', 'pgboss')`,
  )
  const holding: string[] = []
  for (const { name } of tables) {
    const { rows } = await client.query(`select from ${name} t where strpos(t::text, $1) > 0 limit 1`, [text])
    if (rows.length > 0) holding.push(name)
  }
  await client.end()
  return holding
}
