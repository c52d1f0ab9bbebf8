import type { NextFunction, Request, Response } from 'express'
import { type Form, blankForm } from '../forms/form.ts'
import { page } from '../web/page.ts'
import { type WaysOn, kept } from '../web/ways-on.ts'
import { t } from '../words/words.ts'
import { loginSiteOf } from './login-site.ts'
import { lacksFactor } from './required-factor.ts'

declare module '../web/page.ts' {
  interface Views {
    'people/factor-first': {
      form: Form
      /** What was sent, to be sent again; null where there is nothing. */
      sendAgain: WaysOn['sendAgain']
      /** Where one is set up. */
      setUp: string
    }
  }
}

/**
 * Keeps people whose role, or whose reseller, requires a second factor by now, and who have none, from everything behind it. A page and a file lead to where
 * one is set up. A form is answered, 403, by a page that keeps what was typed until there is one.
 */
export function factorFirst(req: Request, res: Response, next: NextFunction) {
  if (!lacksFactor(req.actor)) return next()
  if (req.method === 'GET' || req.method === 'HEAD') return res.redirect(303, loginSiteOf(req).factors.list())
  const refusal =
    req.actor.kind === 'staff'
      ? t('This was not submitted, because your role requires a second factor and you have none yet.')
      : t('This was not submitted, because {reseller} requires a second factor and you have none yet.', {
          reseller: req.actor.reseller.name,
        })
  page(res, 'people/factor-first', {
    title: t('Add a second factor first'),
    form: { ...blankForm(), ok: false, refusal, status: 403 },
    sendAgain: kept(req),
    setUp: loginSiteOf(req).factors.list(),
  })
}
