import type { Request, Response } from 'express'
import { transaction } from '../../database/client.ts'
import { endLoginAsSessions } from '../../login-as/end.ts'
import { paths } from '../../paths.ts'
import { endSession } from '../../people/sessions.ts'
import { services } from '../../services.ts'
import { open } from '../pages.ts'

// Plain handlers: Exit works in a session that is over as well.
open.get('/console/login-as/end', (_req, res) => res.redirect(303, paths.console()))

open.post('/console/login-as/end', (req, res) => leaveLoginAs(req, res))

/** Ends the login-as session in this console, and leads back to the customer in the portal. */
export async function leaveLoginAs(req: Request, res: Response) {
  const { actor } = req
  const customerId = actor?.standsInFor
  if (!actor?.loginAs || !customerId) return res.redirect(303, paths.console())
  const { id } = actor.loginAs
  await transaction(services(req), (db) =>
    endLoginAsSessions(db, { resellerId: actor.reseller.id, id }, 'exit', { request: actor }),
  )
  await endSession(req, res)
  res.redirect(303, paths.customer({ id: customerId }))
}
