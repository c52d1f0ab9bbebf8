import { Router } from 'express'
import { validate as isUuid } from 'uuid'
import { listAfterReset } from '../audit/after-reset.ts'
import { sendOwnProofLink } from '../customers/password-link.ts'
import { listVisits } from '../login-as/visits.ts'
import { LOGIN_AS_NAMES } from '../login-as/names.ts'
import { mailLeaves } from '../mail/leaves.ts'
import { newestMails } from '../mail/outcome.ts'
import { resetMarkOf } from '../people/reset-mark.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { consoleCustomerId } from '../people/actor.ts'
import { endOwnSessions, listOwnSessions } from '../people/own-sessions.ts'
import { flashOneEnded, flashOthersEnded, shownSessions } from '../people/shown-sessions.ts'
import { sessionDigest } from '../people/session-store.ts'
import { flash } from '../web/flash.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { findOwnCustomer } from './customer.ts'
import { themselfOnly } from './guards.ts'

/** Where the customer is logged in, and who from the reseller came in. */
export const security = Router()

security.get('/security', async (req, res) => {
  const { actor } = req
  const { after } = req.query
  const id = consoleCustomerId(actor)
  const [customer, mailOf, done, sessions, { visits, after: older }] = await Promise.all([
    findOwnCustomer(actor),
    newestMails(actor, { of: 'customer', ids: [id], templates: ['password-reset'] }),
    listAfterReset(actor),
    listOwnSessions(actor),
    listVisits(actor, { after: typeof after === 'string' && isUuid(after) ? after : null }),
  ])
  // A staff member's browser is none of the customer's, so none of these is this one.
  const here = actor.standsInFor ? null : sessionDigest(req.sessionID)
  page(res, 'console/security', {
    title: t('Security'),
    reset: resetMarkOf(customer),
    resetMail: mailOf(id, 'password-reset'),
    leaves: await mailLeaves(actor, services(req).config),
    done,
    sessions: shownSessions(sessions, here),
    visits: visits.map((visit) => ({ ...visit, modeName: LOGIN_AS_NAMES[visit.mode] })),
    pager: {
      newer: typeof after === 'string' ? paths.consoleSecurity() : null,
      older: older && paths.consoleSecurity({ after: older }),
    },
  })
})

for (const address of ['/security/sessions/end', '/security/sessions/:id/end', '/security/reset-link']) {
  security.get(
    address,
    formIsAt(() => paths.consoleSecurity()),
  )
}

security.post('/security/sessions/end', themselfOnly, async (req, res) => {
  const count = await endOwnSessions(req.actor, { exceptId: sessionDigest(req.sessionID) })
  flashOthersEnded(res, count)
  res.redirect(303, paths.consoleSecurity())
})

security.post('/security/sessions/:id/end', themselfOnly, async (req, res) => {
  const count = await endOwnSessions(req.actor, { id: String(req.params.id) })
  flashOneEnded(res, count)
  res.redirect(303, paths.consoleSecurity())
})

security.post('/security/reset-link', themselfOnly, async (req, res) => {
  const email = await sendOwnProofLink(req.actor, services(req).keys)
  flash(res, t('A link is on its way to {email}. It expires in seven days.', { email }))
  res.redirect(303, paths.consoleSecurity())
})
