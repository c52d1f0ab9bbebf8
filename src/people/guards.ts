import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { paths } from '../paths.ts'
import { mustBeAllowed } from './actor.ts'
import type { Permission } from './permissions.ts'
import { loginSiteOf } from './login-site.ts'

/** Lets in staff who are logged in; sends everybody else to the login, and afterwards back to the page they wanted. */
export function staffOnly(req: Request, res: Response, next: NextFunction) {
  if (req.actor?.kind === 'staff') return next()
  if (req.method !== 'GET') return res.redirect(303, paths.login())
  res.redirect(303, paths.login({ next: req.originalUrl }))
}

/** Lets in who has the permission; 403 in words otherwise. */
export function allowed(permission: Permission): RequestHandler {
  return (req, _res, next) => {
    mustBeAllowed(req.actor, permission)
    next()
  }
}

/** Leads staff who stand in for a customer back in, from what is for somebody who is not logged in: Exit is their way out. */
export function nobodyStandingIn(req: Request, res: Response, next: NextFunction) {
  if (req.actor?.loginAs) return res.redirect(303, loginSiteOf(req).front)
  next()
}
