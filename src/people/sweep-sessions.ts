import type { Database } from '../database/client.ts'

/** Takes away the rows of sessions whose time is up: they let nobody in. Passes over what others hold, so that nobody waits for it. */
export async function sweepSessions({ database }: { database: Database }) {
  await database.pool.query(
    `delete from sessions where id in (select id from sessions where expires_at <= now() for update skip locked)`,
  )
}
