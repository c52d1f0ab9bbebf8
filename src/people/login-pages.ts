import type { Request, Response } from 'express'
import { z } from 'zod'
import { blankForm, email, type Form, submit } from '../forms/form.ts'
import { requestFacts } from '../request-facts.ts'
import { services } from '../services.ts'
import { tokenMark } from '../web/csrf.ts'
import { localAddress } from '../web/local-address.ts'
import { speakFor } from '../web/locals.ts'
import type { PageRouter } from '../web/page-router.ts'
import { formIsAt, page } from '../web/page.ts'
import type { FormatSettings } from '../words/format.ts'
import { t } from '../words/words.ts'
import { dropHint, maybeHintedAccount } from './account-hint.ts'
import type { ResellerFacts } from './actor.ts'
import { type Account, knownDevice, rememberDevice } from './device.ts'
import { dropHalfLogin, type HalfLogin, maybeHalfLogin, rememberHalfLogin } from './half-login.ts'
import { LOGIN_SITES, type LoginSite, loginSiteOf } from './login-site.ts'
import { logIn, logOut } from './login.ts'
import type { Candidate, LoggedIn, Logins } from './logins.ts'
import { logInByPasskey } from './passkey-login.ts'
import type { Ceremony } from './passkey-challenge.ts'
import { type AskedPasskey, askForPasskey, passkeyFields } from './passkeys.ts'
import { typedPassword } from './password-policy.ts'
import { adoptSession, endSession, type NewSession, newSession } from './sessions.ts'
import { goOn } from './typed-form.ts'
import { maybeTrusted } from './trusted-browser.ts'
import { showOwnPlace } from './who-is-in.ts'

declare module '../web/page.ts' {
  interface Views {
    'people/login': {
      form: Form
      reseller: (FormatSettings & { name: string }) | null
      action: string
      forgotten: string
      /** Null where no passkey is taken. */
      passkey: AskedPasskey | null
    }
  }
}

const LoginForm = z.object({ email: email(), password: typedPassword() })
const PasskeyForm = z.object(passkeyFields)

interface LoginPages<C extends Candidate, Reseller extends ResellerFacts> {
  logins: Logins<C>
  /** The reseller whose login page this is, by the address; null for the one that all share. @throws 404 */
  resellerOfLogin(req: Request): Promise<Reseller | null>
  /** Shows the login, or why there is none. */
  show(res: Response, reseller: Reseller | null, form: Form): unknown
  /** Asks which of several accounts is meant, whose password it all was. */
  choose?(res: Response, candidates: readonly C[], typed: Onward): unknown
  /** Whether a passkey alone logs in. */
  takesPasskey?: true
  /** Asks for the second factor of a login that waits for it. */
  askForCode?(res: Response, half: HalfLogin, typed: Onward): unknown
}

/** What a login carries along for its end: where to go on to, and a form that waits. */
interface Onward {
  next: string
  typedForm?: string
}

/** The login of a site at these addresses. */
export function bindLogin<C extends Candidate, Reseller extends ResellerFacts>(
  router: PageRouter,
  addresses: string[],
  { logins, resellerOfLogin, show, choose, takesPasskey, askForCode }: LoginPages<C, Reseller>,
) {
  const site = LOGIN_SITES[logins.kind]

  router.get(addresses, async (req, res) => {
    const reseller = await resellerOfLogin(req)
    if (req.actor) return showOwnPlace(req, res, site.start)
    // Who starts over has mistyped the password, mostly.
    const email = maybeHintedAccount(req)?.email ?? maybeHalfLogin(req)?.email
    const typed = { next: localAddress(req.query.next, site.name), email }
    await show(res, reseller, blankForm(typed))
  })

  router.post(addresses, async (req, res) => {
    const reseller = await resellerOfLogin(req)
    // Staff who are logged in as a customer have to leave by Exit first, which is written down.
    if (req.actor?.loginAs) return res.redirect(303, site.start)
    const session = newSession(req)
    const from = {
      session,
      request: requestFacts(req),
      deviceOf: (account: Account) => knownDevice(req, account),
    }
    const next = localAddress(req.body.next, site.name)
    if (takesPasskey && req.body.passkey) {
      const form = await submit(PasskeyForm, req.body, (given) =>
        logInByPasskey(services(req), logins, given, {
          ...from,
          resellerId: reseller?.id ?? null,
          ceremony: loginCeremony(req.body.csrf),
        }),
      )
      return form.ok ? letIn(res, { ...form.result, session }, next) : show(res, reseller, form)
    }
    const form = await submit(LoginForm, req.body, (values) =>
      logIn(services(req), logins, values, {
        ...from,
        resellerId: reseller?.id ?? null,
        isShared: choose !== undefined && reseller === null,
        trustOf: trustOf(req, logins),
      }),
    )
    if (!form.ok) return show(res, reseller, form)
    const { choice, half } = form.result
    const onward = { next, typedForm: form.typed.typedForm }
    if (half) {
      rememberHalfLogin(res, half)
      return askForCode?.(res, half, onward)
    }
    if (choice === null) return letIn(res, { ...form.result.loggedIn, session }, next)
    await choose?.(res, choice, onward)
  })
}

/** Finds out whether a browser is trusted for an account, see maybeTrusted(). */
export const trustOf =
  <C extends Candidate>(req: Request, { kind }: Logins<C>) =>
  ({ resellerId, id, passwordMark }: Candidate) =>
    maybeTrusted(req, { kind, resellerId, id }, passwordMark)

/** Gives the browser the session of the person who has logged in, and leads on. */
export async function letIn(
  res: Response,
  { session, person, account }: LoggedIn & { session: NewSession },
  next: string,
) {
  await adoptSession(res.req, session, person)
  rememberDevice(res, account)
  dropHint(res)
  dropHalfLogin(res)
  goOn(res.req, res, person, next || loginSiteOf(res.req).start)
}

/** The logout of a site. `leave`: for those who have another way out. */
export function bindLogout(
  router: PageRouter,
  site: LoginSite,
  address: string,
  leave?: (req: Request, res: Response) => Promise<unknown>,
) {
  router.get(
    address,
    formIsAt(() => site.start),
  )
  router.post(address, async (req, res) => {
    const actor = req.actor as Request['actor'] | undefined
    if (leave && actor?.loginAs) return leave(req, res)
    if (actor) await logOut(actor, { sessionId: req.sessionID })
    await endSession(req, res)
    res.redirect(303, site.login(actor?.reseller.slug))
  })
}

/** The challenge of a login page, which is this browser's: `token`, of its form. */
const loginCeremony = (token: string): Ceremony => ({ for: 'login', holder: tokenMark(token) })

/** Shows the site's login. `reseller`: in whose name, where one is known; `slug`: whose own login it is, where it is one's. */
export function showLogin(
  res: Response,
  form: Form,
  {
    reseller,
    slug,
    takesPasskey = true,
  }: {
    reseller: (FormatSettings & { name: string }) | null
    slug?: string | undefined
    takesPasskey?: boolean
  },
) {
  const site = loginSiteOf(res.req)
  if (reseller) speakFor(res, reseller)
  page(res, 'people/login', {
    title: t('Log in'),
    form,
    reseller,
    action: site.login(slug),
    forgotten: site.forgotten(slug),
    passkey: takesPasskey ? askForPasskey(services(res.req), loginCeremony(res.locals.csrf())) : null,
  })
}
