import { redeemCode } from '../login-as/enter.ts'
import { paths } from '../paths.ts'
import { sessionDigest } from '../people/session-store.ts'
import { adoptSession, newSession } from '../people/sessions.ts'
import { services } from '../services.ts'
import { cookieName } from '../web/cookies.ts'
import { page } from '../web/page.ts'
import { t } from '../words/words.ts'
import { open } from './pages.ts'

declare module '../web/page.ts' {
  interface Views {
    'console/code-dead': object
  }
}

// A plain handler: a GET that writes, and then sets the console's cookie.
open.get('/console/enter/:code', async (req, res) => {
  const { database, config } = services(req)
  // The code alone is not enough: it counts in the browser whose portal session asked for it.
  const portalId: unknown = req.signedCookies[cookieName(config, 'portal')]
  const portalSession = typeof portalId === 'string' ? sessionDigest(portalId) : null
  const before = req.session.person
  const session = newSession(req)
  const person = await redeemCode(
    { database },
    {
      code: req.params.code,
      portalSession,
      session,
      leaves: before?.kind === 'customer' ? (before.loginAsId ?? null) : null,
    },
  )
  if (!person) {
    res.status(410)
    return page(res, 'console/code-dead', { title: t('This login is no longer valid') })
  }
  await adoptSession(req, session, person)
  res.redirect(303, paths.console())
})
