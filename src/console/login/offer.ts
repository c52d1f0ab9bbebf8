import type { Request, Response } from 'express'
import { CANDIDATE, type CustomerCandidate } from '../../customers/logins.ts'
import { currentTime } from '../../database/clock.ts'
import { services } from '../../services.ts'
import { cookieName, cookieOptions } from '../../web/cookies.ts'

/** How long a person may think about the question. */
const MINUTES = 5

/**
 * Keeps in a signed cookie at which resellers the password has just fitted, so that the question which one is meant can be asked
 * without it. Nobody is in by that: the answer is checked like a login, but for the password.
 */
export function offerChoice(res: Response, candidates: readonly CustomerCandidate[]) {
  const { config, keys } = services(res.req)
  const until = currentTime().getTime() + MINUTES * 60_000
  const ids = candidates.map(({ resellerId, id }) => `${resellerId}:${id}`).join(',')
  const signature = signatureOf(res.req, { until, candidates })
  const offer = `${until}.${ids}.${signature}`
  // The first signature can be checked beside the rows alone; with the second, one that was made up costs no look at them.
  res.cookie(cookieName(config, NAME), `${offer}.${keys.sign('login-choice', offer)}`, {
    ...cookieOptions(config),
    maxAge: MINUTES * 60_000,
  })
}

/** Between whom this browser may choose, or nobody: no password has fitted here lately, or one has been changed since. */
export async function readChoice(req: Request): Promise<CustomerCandidate[]> {
  const { config, database, keys } = services(req)
  const cookie: unknown = req.cookies[cookieName(config, NAME)]
  const match = typeof cookie === 'string' ? FORM.exec(cookie) : null
  if (!match) return []
  const [, offer = '', until = '', ids = '', signature = '', seal = ''] = match
  if (Number(until) <= currentTime().getTime() || !keys.verify('login-choice', offer, seal)) return []
  const named = ids.split(',').map((pair) => pair.split(':') as [string, string])
  const rows = await database.prisma.customer.findMany({
    where: { OR: named.map(([resellerId, id]) => ({ resellerId, id })) },
    select: CANDIDATE,
    orderBy: { reseller: { name: 'asc' } },
  })
  const found = rows.map(({ factors, ...row }) => ({ ...row, hasFactor: factors.length > 0 }))
  const facts = factsOf({ until: Number(until), candidates: found })
  return keys.verify('login-choice', facts, signature) ? found : []
}

/** The question is answered. */
export function dropChoice(res: Response) {
  const { config } = services(res.req)
  res.clearCookie(cookieName(config, NAME), cookieOptions(config))
}

const NAME = 'console-choice'
const FORM = /^((\d{13})\.((?:[0-9A-Z]{8}:[0-9A-Z]{10},?){2,})\.([\w-]{43}))\.([\w-]{43})$/

interface Offer {
  until: number
  candidates: readonly CustomerCandidate[]
}

const signatureOf = (req: Request, offer: Offer) => services(req).keys.sign('login-choice', factsOf(offer))

/** With each password's mark: a password that is changed meanwhile ends the offer. In an order that no renaming changes. */
function factsOf({ until, candidates }: Offer): string {
  const parts = candidates.map(({ resellerId, id, passwordMark }) => `${resellerId}:${id}:${passwordMark}`)
  return `${until}|${parts.sort().join('|')}`
}
