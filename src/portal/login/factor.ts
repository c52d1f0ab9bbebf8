import type { Response } from 'express'
import { z } from 'zod'
import { type Form, blankForm, submit, text, tick } from '../../forms/form.ts'
import { paths } from '../../paths.ts'
import { knownDevice } from '../../people/device.ts'
import { HALF_LOGIN_MINUTES, type HalfLogin, maybeHalfLogin } from '../../people/half-login.ts'
import { letIn, showLogin } from '../../people/login-pages.ts'
import { proveByFactor } from '../../people/login.ts'
import type { Ceremony } from '../../people/passkey-challenge.ts'
import { type AskedPasskey, type GivenPasskey, askForPasskey, passkeyFields } from '../../people/passkeys.ts'
import { countCodesLeft } from '../../people/recovery-codes.ts'
import { newSession } from '../../people/sessions.ts'
import { carriedForm } from '../../people/typed-form.ts'
import { TRUSTED_DAYS, trustBrowser } from '../../people/trusted-browser.ts'
import { requestFacts } from '../../request-facts.ts'
import { services } from '../../services.ts'
import { staffLogins } from '../../staff/logins.ts'
import { tokenMark } from '../../web/csrf.ts'
import { flash } from '../../web/flash.ts'
import { localAddress } from '../../web/local-address.ts'
import { page } from '../../web/page.ts'
import { phrase } from '../../words/phrase.ts'
import { t } from '../../words/words.ts'
import { open } from '../pages.ts'

declare module '../../web/page.ts' {
  interface Views {
    'login/factor': {
      form: Form
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

open.get('/login/factor', (req, res) => {
  showCodeForm(res, blankForm({ next: localAddress(req.query.next, 'portal') }))
})

open.post('/login/factor', async (req, res) => {
  const half = maybeHalfLogin(req)
  const session = newSession(req)
  const next = localAddress(req.body.next, 'portal')
  if (!half) return beginAgain(res, { next, typedForm: carriedForm(req) })
  const form = await submit(FactorForm, req.body, async ({ code, trusted, ...passkey }) => ({
    trusted,
    ...(await proveByFactor(
      services(req),
      staffLogins,
      givenOf(code, passkey, ceremonyOf(half, req.body.csrf)),
      {
        half,
        session,
        request: requestFacts(req),
        deviceOf: (account) => knownDevice(req, account),
      },
    )),
  }))
  if (!form.ok) return showCodeForm(res, form)
  const { used, app, trusted, ...loggedIn } = form.result
  if (app && trusted) trustBrowser(res, app)
  if (used === 'recovery_code') await tellCodesLeft(res, loggedIn.person)
  await letIn(res, { ...loggedIn, session }, next)
})

const givenOf = (code: string, passkey: GivenPasskey, ceremony: Ceremony) =>
  passkey.passkey ? { passkey, ceremony } : { code }

/** Asks for the code of a login that waits for it; who has begun none here, or too long ago, begins again. */
export function showCodeForm(res: Response, form: Form, half = maybeHalfLogin(res.req)) {
  if (!half) return beginAgain(res, { next: form.typed.next ?? '' })
  const passkey = askForPasskey(services(res.req), ceremonyOf(half, res.locals.csrf()))
  page(res, 'login/factor', {
    title: passkey ? t('Enter your code or use a passkey') : t('Enter your code'),
    form,
    email: half.email,
    trustedDays: TRUSTED_DAYS,
    passkey,
  })
}

/** Nothing that waits for the login is lost: it goes along with the next one. */
function beginAgain(res: Response, { next, typedForm }: { next: string; typedForm?: string }) {
  const refusal = t('Log in again. The code has to be entered within {minutes} minutes after the password.', {
    minutes: HALF_LOGIN_MINUTES,
  })
  if (typedForm) {
    const form = { ...blankForm({ next, typedForm }), ok: false, refusal, status: 422 }
    return showLogin(res, form, { reseller: null })
  }
  flash(res, refusal, 'attention')
  res.redirect(303, paths.login({ next }))
}

async function tellCodesLeft(res: Response, { resellerId, id: staffId }: { resellerId: string; id: string }) {
  const count = await countCodesLeft(services(res.req).database.prisma, { resellerId, staffId })
  flash(
    res,
    t('You logged in with a recovery code. {count} recovery codes are left.', { count }),
    'attention',
    {
      links: [{ href: paths.ownFactors(), label: t('Second factors') }],
    },
  )
}
