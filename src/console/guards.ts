import type { NextFunction, Request, Response } from 'express'
import { paths } from '../paths.ts'
import { mustBeThemself } from '../people/actor.ts'
import type { FormerSession } from '../people/former-session.ts'

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

/** Keeps staff who stand in for a customer away from what is the customer's alone. */
export function themselfOnly(req: Request, _res: Response, next: NextFunction) {
  mustBeThemself(req.actor)
  next()
}

/** Leads staff who stand in for a customer back in, from what is for somebody who is not logged in: Exit is their way out. */
export function nobodyStandingIn(req: Request, res: Response, next: NextFunction) {
  if (req.actor?.loginAs) return res.redirect(303, paths.console())
  next()
}

const pathOf = ({ originalUrl }: Request) => originalUrl.split('?')[0]
