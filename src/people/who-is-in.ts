import type { Request, Response } from 'express'
import { paths } from '../paths.ts'
import { page } from '../web/page.ts'
import { placeOf } from '../web/place.ts'
import { t } from '../web/words.ts'
import { wantedInstead } from './account-hint.ts'

/** Says who is logged in here, to go on as them or to log out; `wanted`, for whom the way to this page was meant. */
export function showWhoIsIn(req: Request, res: Response, { wanted = '' }: { wanted?: string } = {}) {
  const isConsole = placeOf(req) === 'console'
  // Whoever stands in for a customer keeps the banner.
  if (!req.actor.loginAs) res.locals.layout = 'bare'
  page(res, 'people/who-is-in', {
    title: t('You are already logged in'),
    wanted,
    onward: isConsole ? paths.console() : paths.home(),
    logout: isConsole ? paths.consoleLogout() : paths.logout(),
  })
}

/** Answers a login that somebody opens who is in already: leads on, or says who is in where the way here was meant for another person. */
export function showOwnPlace(req: Request, res: Response, onward: string) {
  const wanted = wantedInstead(req)
  if (wanted) return showWhoIsIn(req, res, { wanted })
  res.redirect(303, onward)
}
