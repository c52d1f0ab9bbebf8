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
  /** `npm start` was there: it is for real use, and may be served at this very moment. */
  isReal: boolean
  /** The name of a reseller, whose links and sessions were signed with some key; null where there is none yet. */
  reseller: string | null
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
    isReal: isDemo === false,
    isDemo: isDemo ?? (customers && (await hasDemoCustomers(database))),
    reseller: resellers ? await maybeReseller(database) : null,
  }
}

/**
 * Notes what a start found and will serve. The key's fingerprint is replaced only where it still is `before`; a demo stays one, and what is
 * for real use stays that.
 * @param ownerUrl As the role that owns the tables: the application may only read them.
 * @throws Error where another start has noted another key meanwhile, or has made it the demo.
 */
export async function noteInstallation(
  ownerUrl: string,
  { isDemo, keyFingerprint, address }: Installation,
  before: string | null,
): Promise<void> {
  const isNoted = await connected(ownerUrl, async (client) => {
    const { rows } = await client.query<{ fits: boolean }>(
      `update installation set is_demo = coalesce(is_demo, $1), key_fingerprint = $2, address = $3
       where key_fingerprint is not distinct from $4 or key_fingerprint = $2 returning is_demo = $1 as fits`,
      [isDemo, keyFingerprint, address, before],
    )
    return rows[0]
  })
  if (!isNoted)
    throw new Error('Another Purser process has just started on this database with a different APP_KEY.')
  if (!isNoted.fits)
    throw new Error(isDemo ? IN_REAL_USE : 'The demo has just been loaded into this database.')
}

const WHERE_THE_DEMO_GOES =
  'so the demo is not loaded. Use npm start for it, or set DATA_DIR to a new folder for the demo.'

/** Why the demo keeps away from a database on which `npm start` was run. */
export const IN_REAL_USE = `This database was created by npm start, for real use, ${WHERE_THE_DEMO_GOES}`

/** Why it keeps away from one with a reseller of somebody's own. */
export const holdsAnother = (reseller: string) =>
  `This database contains ${reseller}, which is not the demo, ${WHERE_THE_DEMO_GOES}`

const NOTHING_NOTED = { isDemo: null, keyFingerprint: null, address: null }

async function readNoted(database: Queries) {
  const { rows } = await database.query<{
    isDemo: boolean | null
    keyFingerprint: string | null
    address: string | null
  }>(`select is_demo as "isDemo", key_fingerprint as "keyFingerprint", address from installation`)
  return rows[0] ?? NOTHING_NOTED
}

async function maybeReseller(database: Queries): Promise<string | null> {
  const { rows } = await database.query<{ name: string }>('select name from resellers limit 1')
  return rows[0]?.name ?? null
}

async function hasDemoCustomers(database: Queries): Promise<boolean> {
  const { rows } = await database.query<{ found: boolean }>(
    `select exists (select from customers where registered_via = 'demo') as found`,
  )
  return rows[0]?.found ?? false
}
