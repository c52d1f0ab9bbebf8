import type { NextFunction, Request, Response } from 'express'
import { paths } from '../paths.ts'
import type { FormerSession } from './former-session.ts'

/**
 * Lets in customers, and staff who stand in for one; sends everybody else to the console's login, and afterwards back. A customer with
 * a temporary password gets no further than to the page where a new one is set.
 */
export function customersOnly(req: Request, res: Response, next: NextFunction) {
  if (req.actor?.kind === 'customer' || req.actor?.standsInFor) {
    const isHeldUp = res.locals.mustChangePassword === true && pathOf(req) !== paths.consolePassword()
    return isHeldUp ? res.redirect(303, paths.consolePassword()) : next()
  }
  const former = res.locals.former as FormerSession | null
  const isElsewhere = req.method === 'GET' && req.originalUrl !== paths.console()
  const params = isElsewhere ? { next: req.originalUrl } : {}
  res.redirect(303, former ? paths.consoleLoginOf(former.reseller.slug, params) : paths.consoleLogin(params))
}

const pathOf = ({ originalUrl }: Request) => originalUrl.split('?')[0]
