import { listOwnFactors, mayAddFactors } from '../account/factors.ts'
import { shownLogins, shownSessions } from '../account/pages.ts'
import { listAfterReset, type DoneAfterReset } from '../audit/after-reset.ts'
import { isId } from '../database/id.ts'
import { LOGIN_AS_NAMES } from '../login-as/login-as.ts'
import { listSessionsOfCustomer, type SessionOfCustomer } from '../login-as/of-customer.ts'
import { mailLeaves } from '../mail/leaves.ts'
import { newestMails, type MailOutcome } from '../mail/outcome.ts'
import { paths } from '../paths.ts'
import { consoleCustomerId } from '../people/actor.ts'
import { findOwnCustomer } from '../people/customer.ts'
import type { ShownFactor } from '../people/factors.ts'
import { resetMarkOf, type ResetMark } from '../people/reset-mark.ts'
import { services } from '../services.ts'
import { page } from '../web/page.ts'
import { t, type Sentence } from '../words/words.ts'
import { pages } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/security': {
      factors: readonly ShownFactor[]
      codesLeft: number
      areFew: boolean
      offersFactors: boolean
      reset: ResetMark | null
      resetMail: MailOutcome | null
      leaves: boolean
      done: DoneAfterReset[]
      sessions: Awaited<ReturnType<typeof shownSessions>>
      logins: Awaited<ReturnType<typeof shownLogins>>
      loginAsSessions: (SessionOfCustomer & { modeName: Sentence })[]
      pager: Pager
    }
  }
}

/** Where the customer is logged in, and the login-as sessions of the reseller's staff. */
pages.get('/console/security', async (req, res) => {
  const { actor } = req
  const { after } = req.query
  const id = consoleCustomerId(actor)
  const [customer, own, mailOf, done, sessions, logins, { loginAsSessions, after: older }] =
    await Promise.all([
      findOwnCustomer(actor),
      listOwnFactors(actor, services(req)),
      newestMails(actor, { of: 'customer', ids: [id], templates: ['password-reset'] }),
      listAfterReset(actor),
      shownSessions(req),
      shownLogins(req),
      listSessionsOfCustomer(actor, { after: isId(after) ? after : null }),
    ])
  page(res, 'console/security', {
    title: t('Security'),
    factors: own.factors,
    codesLeft: own.codesLeft,
    areFew: own.areFew,
    offersFactors: mayAddFactors(actor),
    reset: resetMarkOf(customer),
    resetMail: mailOf(id, 'password-reset'),
    leaves: await mailLeaves(actor, services(req).config),
    done,
    sessions,
    logins,
    loginAsSessions: loginAsSessions.map((session) => ({
      ...session,
      modeName: LOGIN_AS_NAMES[session.mode],
    })),
    pager: {
      newer: typeof after === 'string' ? paths.consoleSecurity() : null,
      older: older && paths.consoleSecurity({ after: older }),
    },
  })
})
