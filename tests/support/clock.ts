import pg from 'pg'
import { inject } from 'vitest'
import type { ClonedDatabase } from '../setup/worker.ts'

/** What happened in sessions and logins as customers: the times in it, and which rows. Money stays where it is booked. */
const MOVED: Record<string, { times: string[]; where?: string }> = {
  sessions: { times: ['created_at', 'last_seen_at', 'expires_at', 'ended_at'] },
  login_as: {
    times: ['created_at', 'code_expires_at', 'entered_at', 'expires_at', 'last_seen_at', 'ended_at'],
  },
  login_as_events: { times: ['at', 'ended_at'] },
  refused_requests: { times: ['began_at'] },
  audit_rows: { times: ['at'], where: `details ? 'loginAs'` },
}

/**
 * Lets time pass: everything that happened in sessions and logins as customers has happened so many minutes earlier. Purser goes by the
 * database's clock alone, which cannot be turned; so history is moved instead, as nobody but the server's superuser can, past the guards
 * that are there for all others.
 */
export async function letPass({ ownerUrl }: Pick<ClonedDatabase, 'ownerUrl'>, minutes: number) {
  const { pathname } = new URL(ownerUrl)
  const client = new pg.Client(Object.assign(new URL(inject('superUrl')), { pathname }).href)
  await client.connect()
  try {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    for (const [table, { times, where = 'true' }] of Object.entries(MOVED)) {
      const moves = times.map((time) => `${time} = ${time} - make_interval(secs => $1)`)
      await client.query(`update ${table} set ${moves.join(', ')} where ${where}`, [minutes * 60])
    }
    await client.query('commit')
  } finally {
    await client.end()
  }
}
