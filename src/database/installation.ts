import type pg from 'pg'
import { connected } from './connection.ts'

/** What a database says about the whole installation. */
export interface Installation {
  /** The demo was loaded into it. */
  isDemo: boolean
  /** The fingerprint of the newest application key that a start has noted (see keys.ts); null before the first start. */
  keyFingerprint: string | null
  /** The origin that the last start was reached under; null before the first start. */
  address: string | null
}

/** The same, as it was found. */
export interface FoundInstallation extends Installation {
  /** There is a reseller, whose links and sessions were signed with some key. */
  inUse: boolean
}

type Queries = Pick<pg.Pool | pg.Client, 'query'>

/**
 * Reads what is known of an installation, as any role that may read its tables; also from a database that is empty or was written by a version that noted
 * nothing. Without a mark, the demo is recognised by its customers, since nothing else registers anybody that way.
 */
export async function readInstallation(database: Queries): Promise<FoundInstallation> {
  const { rows } = await database.query<Record<'noted' | 'customers' | 'resellers', boolean>>(
    `select to_regclass('public.installation') is not null as noted, to_regclass('public.customers') is not null as customers,
            to_regclass('public.resellers') is not null as resellers`,
  )
  const { noted = false, customers = false, resellers = false } = rows[0] ?? {}
  const { isDemo, ...known } = noted ? await readNoted(database) : NOTHING_NOTED
  return {
    ...known,
    isDemo: isDemo ?? (customers && (await hasDemoCustomers(database))),
    inUse: resellers && (await hasReseller(database)),
  }
}

/**
 * Notes what a start found and will serve. The key's fingerprint is replaced only where it still is `before`; a demo stays one.
 * @param ownerUrl As the role that owns the tables: the application may only read them.
 * @throws Error where another start has noted another key meanwhile.
 */
export async function noteInstallation(
  ownerUrl: string,
  { isDemo, keyFingerprint, address }: Installation,
  before: string | null,
): Promise<void> {
  const { rowCount } = await connected(ownerUrl, (client) =>
    client.query(
      `update installation set is_demo = $1 or is_demo is true, key_fingerprint = $2, address = $3
       where key_fingerprint is not distinct from $4 or key_fingerprint = $2`,
      [isDemo, keyFingerprint, address, before],
    ),
  )
  if (rowCount === 0)
    throw new Error('Another Purser has just started on this database with another APP_KEY.')
}

const NOTHING_NOTED = { isDemo: null, keyFingerprint: null, address: null }

async function readNoted(database: Queries) {
  const { rows } = await database.query<{
    isDemo: boolean | null
    keyFingerprint: string | null
    address: string | null
  }>(`select is_demo as "isDemo", key_fingerprint as "keyFingerprint", address from installation`)
  return rows[0] ?? NOTHING_NOTED
}

async function hasReseller(database: Queries): Promise<boolean> {
  const { rows } = await database.query<{ found: boolean }>('select exists (select from resellers) as found')
  return rows[0]?.found ?? false
}

async function hasDemoCustomers(database: Queries): Promise<boolean> {
  const { rows } = await database.query<{ found: boolean }>(
    `select exists (select from customers where registered_via = 'demo') as found`,
  )
  return rows[0]?.found ?? false
}
