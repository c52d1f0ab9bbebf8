import type { Request, Response } from 'express'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { wantedInstead } from './account-hint.ts'
import { loginSiteOf } from './login-site.ts'

declare module '../web/page.ts' {
  interface Views {
    'people/who-is-in': {
      wanted: string
      onward: string
      logout: string
    }
  }
}

/** Says who is logged in here, to go on as them or to log out; `wanted`, for whom the way to this page was meant. */
export function showWhoIsIn(req: Request, res: Response, { wanted = '' }: { wanted?: string } = {}) {
  const { front, logout } = loginSiteOf(req)
  // Staff who are logged in as a customer keep the banner.
  if (!req.actor.loginAs) res.locals.layout = 'bare'
  page(res, 'people/who-is-in', {
    title: t('You are already logged in'),
    wanted,
    onward: front,
    logout,
  })
}

/** Answers a login that somebody opens who is in already: leads on, or says who is in where the way here was meant for another person. */
export function showOwnPlace(req: Request, res: Response, onward: string) {
  const wanted = wantedInstead(req)
  if (wanted) return showWhoIsIn(req, res, { wanted })
  res.redirect(303, onward)
}
