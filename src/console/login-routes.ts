import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { type CustomerCandidate, customerLogins } from '../customers/logins.ts'
import { paths } from '../paths.ts'
import { enterAs } from '../people/login.ts'
import { bindLogin, bindLogout, letIn, showLogin } from '../people/login-pages.ts'
import { newSession } from '../people/sessions.ts'
import { SITES } from '../people/site.ts'
import { showOwnPlace } from '../people/who-is-in.ts'
import { type ResellerFace, maybeOnlyReseller, maybeResellerBySlug } from '../resellers/reseller.ts'
import { RESERVED_SLUGS } from '../resellers/slug.ts'
import { services } from '../services.ts'
import { type Form, blankForm, hiddenValue, submit } from '../web/form.ts'
import { localAddress } from '../web/local-address.ts'
import { page } from '../web/page.ts'
import { Refusal } from '../web/refusal.ts'
import { requestFacts } from '../web/request-facts.ts'
import { t } from '../web/words.ts'
import { leaveStay } from './entry-routes.ts'
import { dropChoice, offerChoice, readChoice } from './login-choice.ts'

/** The customers' way in and out. */
export const login = Router()

const ChoiceForm = z.object({ reseller: hiddenValue(/^[a-z0-9-]{1,60}$/) })

bindLogin(login, ['/login', '/:reseller/login'], {
  logins: customerLogins,
  resellerAtDoor,
  show: showLoginAt,
  choose(res, candidates, { next, typedForm }) {
    offerChoice(res, candidates)
    // What was typed before the login is too long for an address.
    if (typedForm) return askWhere(res, blankForm({ next, typedForm }), candidates)
    res.redirect(303, paths.consoleChoice({ next }))
  },
})

bindLogout(login, SITES.customer, '/logout', leaveStay)

/** A reseller's own address of the console, as people shorten it. */
login.get('/:reseller', async (req, res, next) => {
  const slug = req.params.reseller
  // Purser's own words are no reseller's.
  const reseller = RESERVED_SLUGS.has(slug) ? null : await maybeResellerBySlug(services(req).database, slug)
  if (!reseller) return next()
  if (req.actor) return showOwnPlace(req, res, paths.console())
  res.redirect(303, paths.consoleLoginOf(reseller.slug, { next: localAddress(req.query.next, 'console') }))
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
    return enterAs(services(req), customerLogins, chosen, { request: requestFacts(req), session })
  })
  if (!form.ok) return showChoice(res, form)
  dropChoice(res)
  await letIn(res, { ...form.result, session }, localAddress(req.body.next, 'console'))
})

/** The reseller that the address names; null where it names none. 404 for one that there is not. */
async function resellerAtDoor(req: Request): Promise<ResellerFace | null> {
  const { reseller: slug } = req.params
  if (slug === undefined) return null
  const reseller = await maybeResellerBySlug(services(req).database, slug)
  if (!reseller) throw new Refusal(404, t('There is no login page at this address.'))
  return reseller
}

async function showLoginAt(res: Response, named: ResellerFace | null, form: Form) {
  const reseller = named ?? (await maybeOnlyReseller(services(res.req).database))
  showLogin(res, form, { reseller, slug: named?.slug })
}

/** The question at which of several resellers; asked only of whoever has just typed a password that fits at each of them. */
async function showChoice(res: Response, form: Form) {
  const candidates = await readChoice(res.req)
  if (candidates.length === 0) {
    const { typed, status } = form
    // One whose token does not fit is refused, also where there is nothing to choose.
    if (status === 403) return showLoginAt(res, null, { ...form, typed: { next: typed.next ?? '' } })
    return res.redirect(303, paths.consoleLogin({ next: typed.next }))
  }
  askWhere(res, form, candidates)
}

function askWhere(res: Response, form: Form, candidates: readonly CustomerCandidate[]) {
  page(res, 'console/choice', {
    title: t('Where do you want to log in?'),
    form,
    resellers: candidates.map(({ reseller }) => reseller),
  })
}
