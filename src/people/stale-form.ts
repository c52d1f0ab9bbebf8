import type { NextFunction, Request, Response } from 'express'
import { type Services, services } from '../services.ts'
import { StaleForm } from '../web/csrf.ts'
import { FormAgain } from '../web/form-again.ts'
import { blankForm } from '../forms/form.ts'
import { localAddress } from '../web/local-address.ts'
import { siteOf } from '../web/site.ts'
import type { FormatSettings } from '../words/format.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { showLogin } from './login-pages.ts'
import type { SessionPerson } from './session-store.ts'
import { carriedForm, isOfFormerSession, openTypedForm, sealTypedForm } from './typed-form.ts'
import { showWhoIsIn } from './who-is-in.ts'

/** The forms of people who are not logged in, by address. */
const LOGINS =
  /^\/(?:login|login\/factor|console\/login|console\/login\/(?:choice|factor)|console\/[^/]+\/login)\/?$/i
const VISITORS =
  /^\/(?:forgotten-password|console\/forgotten-password|set-password\/[^/]+|verify\/[^/]+|join\/[^/]+|setup)\/?$/i

/**
 * Answers a form whose token or Origin does not fit, by its cause; nothing has been done. What was typed is kept where it is certain
 * who typed it: a visitor's form comes again, one of a session that has ended waits for its login, and one of the session before this
 * one comes again to the same person.
 */
export function answerStaleForm(error: unknown, req: Request, res: Response, next: NextFunction) {
  if (!(error instanceof StaleForm) || res.headersSent) return next(error)
  if (error.why === 'origin') return next(fromElsewhere(req))
  const path = req.originalUrl.split('?')[0] as string
  const { person } = req.session
  const actor = req.actor as Request['actor'] | undefined
  if (actor?.loginAs) return next(underLoginAs(actor.loginAs))
  if (actor && person && LOGINS.test(path)) return answerSecondLogin(req, res, next)
  if (LOGINS.test(path) || VISITORS.test(path)) return next(visitorsForm(req))
  if (!actor || !person) return askToLogIn(req, res)
  if (isOfFormerSession(req, person)) {
    const notice = t(
      'You have logged in again since you opened this form, so it was not submitted. Check it, then submit it again.',
    )
    return next(new FormAgain({ address: req.originalUrl, fields: req.body }, { notice }))
  }
  next(
    new Refusal(
      403,
      t(
        'This form was opened before {person} logged in, so nothing was saved. Open the page again and fill it in there.',
        { person: actor.displayName },
      ),
    ),
  )
}

/** A login that was sent after one in another tab: what waited on its page comes back to the person who is in, and to nobody else. */
function answerSecondLogin(req: Request, res: Response, next: NextFunction) {
  const form = openTypedForm(req, req.session.person as SessionPerson)
  if (typeof form === 'object') {
    const notice = t('You are already logged in. Check what you entered, then submit it.')
    return next(new FormAgain(form, { notice, status: 200 }))
  }
  res.status(403)
  showWhoIsIn(req, res)
}

/** Under a login as a customer the form may be another customer's, opened before this login began: then it must not be filled in again. */
const underLoginAs = ({ customerName }: { customerName: string }) =>
  new Refusal(
    403,
    t(
      'This form is out of date, so nothing was saved. You are now logged in as {customer}. Check that this is the customer you mean before you continue.',
      { customer: customerName },
    ),
  )

function visitorsForm(req: Request): FormAgain {
  const hasCookies = Boolean(req.headers.cookie)
  const notice = hasCookies
    ? t('This form was out of date, so it was not submitted. Fill in what is missing, then submit it again.')
    : t(
        'Your browser sent no cookie with this form, so it was not submitted. Submit it again. If this happens again, allow cookies for this site.',
      )
  return new FormAgain({ address: req.originalUrl, fields: req.body }, { notice })
}

interface Former {
  reseller: FormatSettings & { name: string; slug: string }
}

/** The login in place of the page: what was typed waits on it, sealed. */
function askToLogIn(req: Request, res: Response) {
  const typedForm = sealTypedForm(req)
  // What the session was, where it was one of the console: see maybeFormerSession().
  const former = res.locals.former as Former | null | undefined
  const refusal = typedForm
    ? t(
        'Your session has ended, so this was not submitted. Log in again, and the form comes back as you filled it in.',
      )
    : t('You are not logged in, so nothing was saved. Log in and try again.')
  // What the page carried is a form of another address.
  const next = localAddress(carriedForm(req) ? req.body.next : req.originalUrl, siteOf(req))
  const form = { ...blankForm({ next, typedForm }), ok: false, refusal, status: 403 }
  showLogin(res, form, { reseller: former?.reseller ?? null, slug: former?.reseller.slug })
}

/** Names the cause where it is the name that people came by; what another site sends is told nothing more. */
function fromElsewhere(req: Request): Refusal {
  const { config, log } = services(req)
  const origin = req.get('Origin') ?? 'null'
  const host = req.get('Host') ?? ''
  const expected = config.appUrl ? new URL(config.appUrl).origin : host
  // A proxy may pass on a Host of its own; then only the browser tells that its page was ours (Fetch Metadata, W3C).
  const isOurPage = URL.canParse(origin) && (new URL(origin).host === host || isSameOrigin(req))
  warnOnce(services(req), `${origin} ${expected}`, () =>
    log.warn(
      { origin, expected },
      'forms from this origin are refused: check APP_URL and the headers that the proxy sets',
    ),
  )
  if (!isOurPage)
    return new Refusal(
      403,
      t('This form was submitted from another site, so nothing was saved. Open the page here and try again.'),
    )
  if (!config.appUrl)
    return new Refusal(
      403,
      t(
        'You opened this site at {origin}, which is not the configured address, so nothing was saved. Ask your administrator to set APP_URL.',
        { origin },
      ),
    )
  return new Refusal(
    403,
    t(
      'Forms work only at {expected}, but you opened this site at {origin}, so nothing was saved. Open {expected} and log in there.',
      { expected, origin },
    ),
  )
}

const isSameOrigin = (req: Request) => req.get('Sec-Fetch-Site') === 'same-origin'

const WARNED_MAX = 20
const warned = new WeakMap<Services, Set<string>>()

function warnOnce(of: Services, key: string, warn: () => void) {
  const known = warned.get(of) ?? new Set<string>()
  warned.set(of, known)
  if (known.has(key) || known.size >= WARNED_MAX) return
  known.add(key)
  warn()
}
