import type { Request } from 'express'
import type { LoginAsEnd, LoginAsMode, State } from '../generated/prisma/client.ts'
import { STOPPED_BY } from '../login-as/stopped-by.ts'
import { sessionDigest } from '../people/session-store.ts'
import { services } from '../services.ts'
import { cookieName } from '../web/cookies.ts'
import type { FormatSettings } from '../words/format.ts'

/** A console session that is over, as far as its row still tells. */
export interface FormerSession {
  /** Whose console it was. */
  customer: { id: string; email: string; state: State; stateMessage: string | null }
  reseller: FormatSettings & { slug: string; name: string; supportEmail: string }
  /** False where it merely ran out. */
  wasEnded: boolean
  /** Where a staff member sat in it: how, and why that is over. */
  loginAs: { mode: LoginAsMode; endedBy: LoginAsEnd | null; stoppedBy: string | null } | null
}

interface Row {
  id: string
  email: string
  state: State
  state_message: string | null
  ended_at: Date | null
  mode: LoginAsMode | null
  ended_by: LoginAsEnd | null
  stopped_by: string | null
  slug: string
  reseller_name: string
  support_email: string
  currency: string
  currency_scale: number
  time_zone: string
  locale: string
}

/** What the session in this browser's console cookie was, where it is alive no more; null where nobody knows. */
export async function maybeFormerSession(req: Request): Promise<FormerSession | null> {
  const { database, config } = services(req)
  const id: unknown = req.signedCookies[cookieName(config, 'console')]
  if (typeof id !== 'string') return null
  const { rows } = await database.pool.query<Row>({
    name: 'former-session',
    text: `select c.id, c.email, c.state, c.state_message, s.ended_at, l.mode, l.ended_by, ${STOPPED_BY} as stopped_by, t.slug, t.name as reseller_name,
                  t.support_email, t.currency, t.currency_scale, t.time_zone, t.locale
           from sessions s
           join customers c on c.reseller_id = s.reseller_id and c.id = s.customer_id
           join resellers t on t.id = s.reseller_id
           left join login_as l on l.reseller_id = s.reseller_id and l.id = s.login_as_id
           where s.id = $1`,
    values: [sessionDigest(id)],
  })
  const [row] = rows
  if (!row) return null
  return {
    customer: { id: row.id, email: row.email, state: row.state, stateMessage: row.state_message },
    reseller: {
      slug: row.slug,
      name: row.reseller_name,
      supportEmail: row.support_email,
      currency: row.currency,
      currencyScale: row.currency_scale,
      timeZone: row.time_zone,
      locale: row.locale,
    },
    wasEnded: row.ended_at !== null,
    loginAs: row.mode && { mode: row.mode, endedBy: row.ended_by, stoppedBy: row.stopped_by },
  }
}
