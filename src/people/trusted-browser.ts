import type { Request, Response } from 'express'
import type { Transaction } from '../database/client.ts'
import { currentTime, databaseTime } from '../database/clock.ts'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'
import type { ProvedApp, UsableFactor } from './factors.ts'
import { type Owner, ownedSql, whereOwned } from './owner.ts'

/** How long a browser that is trusted is not asked for a code. */
export const TRUSTED_DAYS = 30

const TRUSTED_MS = TRUSTED_DAYS * 24 * 60 * 60 * 1000

/** One for each site: somebody may be logged in to both in one browser. */
const NAMES = { staff: 'trusted-browser', customer: 'console-trusted-browser' } as const

/**
 * Lets this browser pass without a code for thirty days, where the password is right. The signed cookie names the app that the code was of,
 * and is made for the password: it is void as soon as either is gone, or distrustBrowsers() comes, and says nothing to whoever reads it.
 */
export function trustBrowser(res: Response, app: ProvedApp) {
  const { config, keys } = services(res.req)
  const until = currentTime().getTime() + TRUSTED_MS
  const signature = keys.sign('trusted-browser', facts(app, until))
  res.cookie(cookieName(config, NAMES[app.owner.kind]), `${app.factorId}.${until}.${signature}`, {
    ...cookieOptions(config),
    maxAge: TRUSTED_MS,
  })
}

/** What lets somebody whose password is right pass in this browser without a code; null where it is not trusted, or no longer. */
export async function maybeTrusted(
  req: Request,
  owner: Owner,
  passwordMark: string | null,
): Promise<UsableFactor | null> {
  const { config, database, keys } = services(req)
  const cookie: unknown = req.cookies[cookieName(config, NAMES[owner.kind])]
  const [factorId = '', until = '', signature = ''] = typeof cookie === 'string' ? cookie.split('.') : []
  const app = { owner, factorId, passwordMark }
  if (passwordMark === null || !(Number(until) > currentTime().getTime())) return null
  if (!keys.verify('trusted-browser', facts(app, Number(until)), signature)) return null
  const trustedAt = new Date(Number(until) - TRUSTED_MS)
  const trusted = {
    ...whereOwned(owner),
    id: factorId,
    kind: 'totp',
    trustedFrom: { lte: trustedAt },
  } as const
  if ((await database.prisma.factor.count({ where: trusted })) === 0) return null
  return {
    used: 'trusted_browser',
    useSql: (bind, from) => `
      select f.id from factors f, ${from}
      where f.reseller_id = $1 and f.id = ${bind(factorId)}::uuid and ${ownedSql(bind, 'f', owner)} and f.kind = 'totp'`,
  }
}

/** From now on every browser of this person is asked for a code again; returns of how many apps one can have been trusted. */
export async function distrustBrowsers(db: Transaction, owner: Owner): Promise<number> {
  const { count } = await db.factor.updateMany({
    where: { ...whereOwned(owner), kind: 'totp' },
    data: { trustedFrom: await databaseTime(db) },
  })
  return count
}

const facts = ({ owner: { resellerId, id }, factorId, passwordMark }: ProvedApp, until: number) =>
  [resellerId, id, factorId, until, passwordMark].join('|')
