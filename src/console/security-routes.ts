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
import { themselfOnly } from '../people/guards.ts'
import { bindEndSessions, shownSessions } from '../people/own-sessions-pages.ts'
import { flash } from '../web/flash.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'
import { findOwnCustomer } from '../customers/customer.ts'

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
    shownSessions(req),
    listVisits(actor, { after: typeof after === 'string' && isUuid(after) ? after : null }),
  ])
  page(res, 'console/security', {
    title: t('Security'),
    reset: resetMarkOf(customer),
    resetMail: mailOf(id, 'password-reset'),
    leaves: await mailLeaves(actor, services(req).config),
    done,
    sessions,
    visits: visits.map((visit) => ({ ...visit, modeName: LOGIN_AS_NAMES[visit.mode] })),
    pager: {
      newer: typeof after === 'string' ? paths.consoleSecurity() : null,
      older: older && paths.consoleSecurity({ after: older }),
    },
  })
})

for (const address of ['/security/sessions/end', '/security/reset-link']) {
  security.get(
    address,
    formIsAt(() => paths.consoleSecurity()),
  )
}

bindEndSessions(security, {
  others: '/security/sessions/end',
  one: '/security/sessions/:id/end',
  list: paths.consoleSecurity(),
})

security.post('/security/reset-link', themselfOnly, async (req, res) => {
  const email = await sendOwnProofLink(req.actor, services(req).keys)
  flash(res, t('A link is on its way to {email}. It expires in seven days.', { email }))
  res.redirect(303, paths.consoleSecurity())
})
