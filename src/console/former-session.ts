import type { Request } from 'express'
import type { LoginAsEnd, LoginAsMode, State } from '../generated/prisma/client.ts'
import { stoppedBy } from '../login-as/span.ts'
import { maybeResellerAt, sessionDigest } from '../people/session-store.ts'
import { services } from '../services.ts'
import { cookieName } from '../web/cookies.ts'
import type { FormatSettings } from '../words/format.ts'

/** A console session that is over, as far as its row still tells. */
export interface FormerSession {
  /** Whose console it was; null where nothing is left of the session but its id. */
  customer: { id: string; email: string; state: State; stateMessage: string | null } | null
  /** In its id, too. */
  reseller: FormatSettings & { slug: string; name: string; supportEmail: string }
  /** False where it merely ran out. */
  wasEnded: boolean
  /** Where a staff member sat in it: how, and why that is over. */
  loginAs: { mode: LoginAsMode; endedBy: LoginAsEnd | null; stoppedBy: string | null } | null
}

/** What the session in this browser's console cookie was, where it is alive no more; null where nobody knows. */
export async function maybeFormerSession(req: Request): Promise<FormerSession | null> {
  const { database, config } = services(req)
  const id: unknown = req.signedCookies[cookieName(config, 'console')]
  if (typeof id !== 'string') return null
  const digest = sessionDigest(id)
  const { rows } = await database.pool.query<FormerSession>({
    name: 'former-session',
    text: `select case when c.id is not null then
                    json_build_object('id', c.id, 'email', c.email, 'state', c.state, 'stateMessage', c.state_message) end as customer,
                  json_build_object('slug', t.slug, 'name', t.name, 'supportEmail', t.support_email, 'currency', t.currency,
                    'currencyScale', t.currency_scale, 'timeZone', t.time_zone, 'locale', t.locale) as reseller,
                  s.ended_at is not null as "wasEnded",
                  case when l.id is not null then
                    json_build_object('mode', l.mode, 'endedBy', l.ended_by, 'stoppedBy', ${stoppedBy('l')}) end as "loginAs"
           from resellers t
           left join sessions s on s.reseller_id = $1 and s.id = $2
           left join customers c on c.reseller_id = $1 and c.id = s.customer_id
           left join login_as l on l.reseller_id = $1 and l.id = s.login_as_id
           where t.id = $1`,
    values: [await maybeResellerAt(database.prisma, digest), digest],
  })
  return rows[0] ?? null
}
