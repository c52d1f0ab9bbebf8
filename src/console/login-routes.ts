import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { typedPassword } from '../people/password-policy.ts'
import { paths } from '../paths.ts'
import { type ResellerFace, maybeOnlyReseller, maybeResellerBySlug } from '../resellers/reseller.ts'
import { RESERVED_SLUGS } from '../resellers/slug.ts'
import { services } from '../services.ts'
import { type Candidate, enterAs, logOutCustomer, signInCustomer } from '../people/customer-login.ts'
import { dropHint, maybeHintedAccount } from '../people/account-hint.ts'
import { type Account, knownDevice, rememberDevice } from '../people/device.ts'
import { dropChoice, offerChoice, readChoice } from '../people/login-choice.ts'
import { type NewSession, adoptSession, endSession, newSession } from '../people/sessions.ts'
import type { SessionPerson } from '../people/session-store.ts'
import { showOwnPlace } from '../people/who-is-in.ts'
import { goOn } from '../people/typed-form.ts'
import { type Form, blankForm, email, hiddenValue, submit } from '../web/form.ts'
import { formIsAt } from '../web/form-address.ts'
import { localAddress } from '../web/local-address.ts'
import { speakFor } from '../web/locals.ts'
import { page } from '../web/page.ts'
import { Refusal } from '../web/refusal.ts'
import { requestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { leaveStay } from './entry-routes.ts'

/** The customers' way in and out. */
export const login = Router()

const LoginForm = z.object({ email: email(), password: typedPassword() })
const ChoiceForm = z.object({ reseller: hiddenValue(/^[a-z0-9-]{1,60}$/) })

login.get(['/login', '/:reseller/login'], async (req, res) => {
  const reseller = await resellerAtDoor(req)
  if (req.actor) return showOwnPlace(req, res, paths.console())
  await showLogin(
    res,
    reseller,
    blankForm({ next: localAddress(req.query.next, 'console'), email: maybeHintedAccount(req)?.email }),
  )
})

/** A reseller's own address of the console, as people shorten it. */
login.get('/:reseller', async (req, res, next) => {
  const slug = req.params.reseller
  // Purser's own words are no reseller's.
  const reseller = RESERVED_SLUGS.has(slug) ? null : await maybeResellerBySlug(services(req).database, slug)
  if (!reseller) return next()
  if (req.actor) return showOwnPlace(req, res, paths.console())
  res.redirect(303, paths.consoleLoginOf(reseller.slug, { next: localAddress(req.query.next, 'console') }))
})

login.post(['/login', '/:reseller/login'], async (req, res) => {
  const reseller = await resellerAtDoor(req)
  // Whoever stands in for a customer has to leave by Exit first, which is written down.
  if (req.actor?.loginAs) return res.redirect(303, paths.console())
  const session = newSession(req)
  const form = await submit(LoginForm, req.body, (values) =>
    signInCustomer(services(req), values, {
      session,
      reseller,
      request: requestFacts(req),
      deviceOf: (account) => knownDevice(req, account),
    }),
  )
  if (!form.ok) return showLogin(res, reseller, form)
  const next = localAddress(req.body.next, 'console')
  if (form.result.choice) {
    offerChoice(res, form.result.choice)
    const { typedForm } = form.typed
    // What was typed before the login is too long for an address.
    if (typedForm) return askWhere(res, blankForm({ next, typedForm }), form.result.choice)
    return res.redirect(303, paths.consoleChoice({ next }))
  }
  await letIn(res, { ...form.result, session }, next)
})

login.get('/login/choice', async (req, res) => {
  if (req.actor) return res.redirect(303, paths.console())
  await showChoice(res, blankForm({ next: localAddress(req.query.next, 'console') }))
})

login.post('/login/choice', async (req, res) => {
  if (req.actor) return res.redirect(303, paths.console())
  const candidates = await readChoice(req)
  const session = newSession(req)
  const form = await submit(ChoiceForm, req.body, ({ reseller: slug }) => {
    const chosen = candidates.find(({ reseller }) => reseller.slug === slug)
    if (!chosen) throw new Refusal(422, t('Choose one of the options.'))
    return enterAs(services(req), chosen, { request: requestFacts(req), session })
  })
  if (!form.ok) return showChoice(res, form)
  dropChoice(res)
  await letIn(res, { ...form.result, session }, localAddress(req.body.next, 'console'))
})

login.get(
  '/logout',
  formIsAt(() => paths.console()),
)

login.post('/logout', async (req, res) => {
  const { actor } = req
  if (actor?.loginAs) return leaveStay(req, res)
  if (actor) await logOutCustomer(actor, { sessionId: req.sessionID })
  await endSession(req, res)
  res.redirect(303, actor ? paths.consoleLoginOf(actor.reseller.slug) : paths.consoleLogin())
})

/** The reseller that the address names; null where it names none. 404 for one that there is not. */
async function resellerAtDoor(req: Request): Promise<ResellerFace | null> {
  const { reseller: slug } = req.params
  if (slug === undefined) return null
  const reseller = await maybeResellerBySlug(services(req).database, slug)
  if (!reseller) throw new Refusal(404, t('There is no login page at this address.'))
  return reseller
}

async function showLogin(res: Response, named: ResellerFace | null, form: Form) {
  const reseller = named ?? (await maybeOnlyReseller(services(res.req).database))
  if (reseller) speakFor(res, reseller)
  page(res, 'console/login', {
    title: t('Log in'),
    form,
    reseller,
    action: named ? paths.consoleLoginOf(named.slug) : paths.consoleLogin(),
    forgotten: paths.consoleForgottenPassword({ reseller: named?.slug }),
  })
}

/** The question at which of several resellers; asked only of whoever has just typed a password that fits at each of them. */
async function showChoice(res: Response, form: Form) {
  const candidates = await readChoice(res.req)
  if (candidates.length === 0) {
    const { typed, status } = form
    // One whose token does not fit is refused, also where there is nothing to choose.
    if (status === 403) return showLogin(res, null, { ...form, typed: { next: typed.next ?? '' } })
    return res.redirect(303, paths.consoleLogin({ next: typed.next }))
  }
  askWhere(res, form, candidates)
}

function askWhere(res: Response, form: Form, candidates: readonly Candidate[]) {
  page(res, 'console/choice', {
    title: t('Where do you want to log in?'),
    form,
    resellers: candidates.map(({ reseller }) => reseller),
  })
}

async function letIn(
  res: Response,
  { session, person, account }: { session: NewSession; person: SessionPerson; account: Account },
  next: string,
) {
  await adoptSession(res.req, session, person)
  rememberDevice(res, account)
  dropHint(res)
  goOn(res.req, res, person, next || paths.console())
}
