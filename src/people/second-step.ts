import type { Response } from 'express'
import { z } from 'zod'
import { type Form, blankForm, readForm, submit, text, tick } from '../forms/form.ts'
import { requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { tokenMark } from '../web/csrf.ts'
import { flash } from '../web/flash.ts'
import { localAddress } from '../web/local-address.ts'
import { speakFor } from '../web/locals.ts'
import type { PageRouter } from '../web/page-router.ts'
import { page } from '../web/page.ts'
import type { FormatSettings } from '../words/format.ts'
import { phrase } from '../words/phrase.ts'
import { t } from '../words/words.ts'
import { knownDevice } from './device.ts'
import { proveByFactor } from './factor-login.ts'
import { HALF_LOGIN_MINUTES, type HalfLogin, maybeBegunAt, maybeHalfLogin } from './half-login.ts'
import { letIn, showLogin } from './login-pages.ts'
import { LOGIN_SITES, loginSiteOf } from './login-site.ts'
import type { Candidate, Logins } from './logins.ts'
import type { Owner } from './owner.ts'
import type { Ceremony } from './passkey-challenge.ts'
import { type AskedPasskey, type GivenPasskey, askForPasskey, passkeyFields } from './passkeys.ts'
import { countCodesLeft } from './recovery-codes.ts'
import { newSession } from './sessions.ts'
import { TRUSTED_DAYS, trustBrowser } from './trusted-browser.ts'
import { carriedForm } from './typed-form.ts'
import { showOwnPlace } from './who-is-in.ts'

declare module '../web/page.ts' {
  interface Views {
    'people/second-step': {
      form: Form
      action: string
      /** Where to begin again. */
      startOver: string
      /** In whose name; null where it is not known whose customer it is, and for staff. */
      reseller: { name: string; supportEmail: string } | null
      email: string
      trustedDays: number
      /** Null where passkeys cannot be used. It is the same for everybody, and names none. */
      passkey: AskedPasskey | null
    }
  }
}

const FactorForm = z
  .object({ code: text({ max: 40 }).default(''), trusted: tick(), ...passkeyFields })
  .superRefine(({ code, passkey }, context) => {
    if (code || passkey) return
    context.addIssue({ code: 'custom', path: ['code'], message: phrase('This field is required.') })
  })

/** The challenge of a login that waits for its second factor, in this browser: `token`, of its form. */
const ceremonyOf = ({ email, at }: HalfLogin, token: string): Ceremony => ({
  for: 'second-factor',
  holder: `${tokenMark(token)} ${at} ${email}`,
})

type Face = FormatSettings & { name: string; slug: string; supportEmail: string }

interface SecondStep<C extends Candidate> {
  logins: Logins<C>
  /** Whether an address may have several accounts at the login page that belongs to no reseller. */
  isShared: boolean
  /**
   * In whose name the page is, of a login that began there; null where it is not known. Where this browser has begun none: whose login it
   * is to begin at, null for the one that all share.
   */
  resellerOf(res: Response, begun: Pick<HalfLogin, 'resellerId'> | null): Promise<Face | null>
}

/** The second step of a site's login, at this address. `show` asks for the code of a login that waits for it. */
export function bindSecondStep<C extends Candidate>(
  router: PageRouter,
  address: string,
  { logins, isShared, resellerOf }: SecondStep<C>,
): { show: (res: Response, form: Form, half?: HalfLogin | null) => Promise<unknown> } {
  const site = LOGIN_SITES[logins.kind]

  /** In whose name a login is, and whose own login page it began at, where it was one's. */
  async function loginPageOf(res: Response, begun: Pick<HalfLogin, 'resellerId'> | null) {
    const reseller = await resellerOf(res, begun)
    return { reseller, slug: begun?.resellerId === null ? undefined : reseller?.slug }
  }

  /**
   * Leads to the login page where the one that is over began. Nothing that waits for it is lost: it goes along with the next one. A form
   * whose token does not fit is refused here, too.
   */
  async function beginAgain(res: Response, { next, typedForm = '' }: { next: string; typedForm?: string }) {
    const { reseller, slug } = await loginPageOf(res, maybeBegunAt(res.req))
    const sent = readForm(z.object({}), res.req.body)
    if (!sent.ok) return showLogin(res, { ...sent, typed: { next, typedForm } }, { reseller, slug })
    const refusal = t(
      'Log in again. The code has to be entered within {minutes} minutes after the password.',
      { minutes: HALF_LOGIN_MINUTES },
    )
    if (typedForm) {
      const form = { ...blankForm({ next, typedForm }), ok: false, refusal, status: 422 }
      return showLogin(res, form, { reseller, slug })
    }
    flash(res, refusal, 'attention')
    res.redirect(303, site.login(slug, { next }))
  }

  /** Who has begun no login here, or too long ago, begins again. */
  async function show(res: Response, form: Form, half = maybeHalfLogin(res.req)) {
    if (!half) return beginAgain(res, { next: form.typed.next ?? '' })
    const { reseller, slug } = await loginPageOf(res, half)
    if (reseller) speakFor(res, reseller)
    const passkey = askForPasskey(services(res.req), ceremonyOf(half, res.locals.csrf()))
    page(res, 'people/second-step', {
      title: t('Confirm your login'),
      form,
      action: site.secondStep(),
      startOver: site.login(slug, { next: form.typed.next }),
      reseller,
      email: half.email,
      trustedDays: TRUSTED_DAYS,
      passkey,
    })
  }

  router.get(address, async (req, res) => {
    if (req.actor && !maybeHalfLogin(req)) return showOwnPlace(req, res, site.start)
    await show(res, blankForm({ next: localAddress(req.query.next, site.name) }))
  })

  router.post(address, async (req, res) => {
    const half = maybeHalfLogin(req)
    // Staff who are logged in as a customer have to leave by Exit first, which is written down.
    if (req.actor?.loginAs) return res.redirect(303, site.start)
    const session = newSession(req)
    const next = localAddress(req.body.next, site.name)
    if (!half) return beginAgain(res, { next, typedForm: carriedForm(req) })
    const form = await submit(FactorForm, req.body, async ({ code, trusted, ...passkey }) => ({
      trusted,
      ...(await proveByFactor(
        services(req),
        logins,
        givenOf(code, passkey, ceremonyOf(half, req.body.csrf)),
        {
          half,
          isShared: isShared && half.resellerId === null,
          session,
          request: requestFacts(req),
          deviceOf: (account) => knownDevice(req, account),
        },
      )),
    }))
    if (!form.ok) return show(res, form, half)
    const { used, app, trusted, ...loggedIn } = form.result
    if (app && trusted) trustBrowser(res, app)
    const isNotTrusted = trusted && !app
    if (used === 'recovery_code') await tellCodesLeft(res, loggedIn.person, isNotTrusted)
    else if (isNotTrusted) {
      flash(res, t('This browser is not trusted: that takes a code from an authenticator app.'), 'attention')
    }
    await letIn(res, { ...loggedIn, session }, next)
  })

  return { show }
}

const givenOf = (code: string, passkey: GivenPasskey, ceremony: Ceremony) =>
  passkey.passkey ? { passkey, ceremony } : { code }

async function tellCodesLeft(res: Response, owner: Owner, isNotTrusted: boolean) {
  const count = await countCodesLeft(services(res.req).database.prisma, owner)
  const say = isNotTrusted
    ? t(
        'You logged in with a recovery code. {count} recovery codes are left. This browser is not trusted: that takes a code from an authenticator app.',
        { count },
      )
    : t('You logged in with a recovery code. {count} recovery codes are left.', { count })
  flash(res, say, 'attention', {
    links: [{ href: loginSiteOf(res.req).factors.list(), label: t('Second factors') }],
  })
}
