import { type Request, type Response, Router } from 'express'
import { transaction } from '../database/client.ts'
import { endLoginAs } from '../login-as/end.ts'
import { redeemCode } from '../login-as/login-as.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { adoptSession, endSession, newSession } from '../people/sessions.ts'
import { sessionDigest } from '../people/session-store.ts'
import { cookieName } from '../web/cookies.ts'
import { formIsAt } from '../web/form-address.ts'
import { page } from '../web/page.ts'
import { t } from '../web/words.ts'

/** How staff come into a customer's console, and out of it. */
export const entry = Router()

entry.get('/enter/:code', async (req, res) => {
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

entry.get(
  '/login-as/end',
  formIsAt(() => paths.console()),
)

entry.post('/login-as/end', (req, res) => leaveStay(req, res))

/** Ends the stay of whoever sits in this console, and leads back to the customer in the portal. */
export async function leaveStay(req: Request, res: Response) {
  const { actor } = req
  const customerId = actor?.standsInFor
  if (!actor?.loginAs || !customerId) return res.redirect(303, paths.console())
  const { id } = actor.loginAs
  await transaction(services(req), (db) =>
    endLoginAs(db, { resellerId: actor.reseller.id, id }, 'exit', { request: actor }),
  )
  await endSession(req, res)
  res.redirect(303, paths.customer({ id: customerId }))
}
