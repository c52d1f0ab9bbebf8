import type { Request, Response } from 'express'
import { currentTime } from '../database/clock.ts'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'
import type { ProvedApp, UsableFactor } from './factors.ts'
import { passwordMark } from './half-login.ts'

/** How long a browser that is trusted is not asked for a code. */
export const TRUSTED_DAYS = 30

const NAME = 'trusted-browser'

/**
 * Lets this browser pass without a code for thirty days, where the password is right. The signed cookie names the app that the code was of,
 * and is made for the password: it is void as soon as either is gone, and says nothing to whoever reads it.
 */
export function trustBrowser(res: Response, app: ProvedApp) {
  const { config, keys } = services(res.req)
  const maxAge = TRUSTED_DAYS * 24 * 60 * 60 * 1000
  const until = currentTime().getTime() + maxAge
  const signature = keys.sign('trusted-browser', facts(app, until))
  res.cookie(cookieName(config, NAME), `${app.factorId}.${until}.${signature}`, {
    ...cookieOptions(config),
    maxAge,
  })
}

/** What lets somebody whose password is right pass in this browser without a code; null where it is not trusted, or no longer. */
export async function maybeTrusted(
  req: Request,
  { resellerId, id: staffId, passwordHash }: { resellerId: string; id: string; passwordHash: string | null },
): Promise<UsableFactor | null> {
  const { config, database, keys } = services(req)
  const cookie: unknown = req.cookies[cookieName(config, NAME)]
  const [factorId = '', until = '', signature = ''] = typeof cookie === 'string' ? cookie.split('.') : []
  const app = { resellerId, staffId, factorId, passwordHash }
  if (passwordHash === null || !(Number(until) > currentTime().getTime())) return null
  if (!keys.verify('trusted-browser', facts(app, Number(until)), signature)) return null
  const whose = { resellerId, staffId, id: factorId, kind: 'totp' } as const
  if ((await database.prisma.factor.count({ where: whose })) === 0) return null
  return {
    used: 'trusted_browser',
    useSql: (bind, from) => `
      select f.id from factors f, ${from}
      where f.reseller_id = $1 and f.id = ${bind(factorId)}::uuid and f.staff_id = ${bind(staffId)}::uuid and f.kind = 'totp'`,
  }
}

const facts = ({ resellerId, staffId, factorId, passwordHash }: ProvedApp, until: number) =>
  [resellerId, staffId, factorId, until, passwordMark(passwordHash)].join('|')
