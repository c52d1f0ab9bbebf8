import { finished } from 'node:stream'
import type { NextFunction, Request, Response } from 'express'
import { v7 as uuidv7 } from 'uuid'
import { record } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import { Refusal } from '../web/refusal.ts'
import { withoutSecrets } from '../web/request-log.ts'
import { t } from '../web/words.ts'

const SAFE = new Set(['GET', 'HEAD'])

/** What may be posted under ReadOnly Login: the ways out. */
const WAYS_OUT: ReadonlySet<string> = new Set([paths.consoleExit(), paths.consoleLogout()])

/**
 * Watches a stay in a customer's console: writes down every request, and refuses every unsafe method under ReadOnly Login before
 * anything else looks at it. (The second layer is the actor's database, the third the page, which shows no control that works.)
 */
export function watchLoginAs(req: Request, res: Response, next: NextFunction) {
  const { actor } = req
  if (!actor?.loginAs) return next()
  // Also where the reader leaves before the end: what has been read by then has been read.
  finished(res, () => note(req, res))
  if (actor.loginAs.mode === 'admin' || SAFE.has(req.method) || WAYS_OUT.has(pathOf(req))) return next()
  noteRefusal(req).then(
    () => next(new Refusal(403, t('ReadOnly Login: you can look at everything here, but change nothing.'))),
    next,
  )
}

/**
 * Writes down that somebody in a stay has tried what is refused there; for whoever is in none, nothing. The row comes before the
 * refusal, on the ordinary connection: the actor's own may refuse to write.
 */
export async function noteRefusal(req: Request) {
  const { actor } = req
  const { loginAs, standsInFor } = actor
  if (!loginAs || !standsInFor) return
  await transaction(services(req), (db) =>
    record(db, actor, 'login_as.refused', {
      customer: { id: standsInFor },
      mode: loginAs.mode,
      method: req.method,
      path: shownPath(req),
      loginAs: loginAs.id,
    }),
  )
}

function note(req: Request, res: Response) {
  const { database, log } = services(req)
  const { loginAs, reseller } = req.actor
  if (!loginAs) return
  database.prisma.loginAsEvent
    .create({
      data: {
        resellerId: reseller.id,
        id: uuidv7(),
        loginAsId: loginAs.id,
        method: req.method,
        path: shownPath(req),
        status: res.headersSent ? res.statusCode : 499,
      },
    })
    .catch((error: unknown) =>
      log.error({ err: error, requestId: req.id }, 'a page under login-as was not written down'),
    )
}

/** As much of the path as anybody reads. */
const shownPath = (req: Request) => withoutSecrets(req).slice(0, 300)

const pathOf = ({ originalUrl }: Request) => originalUrl.split('?')[0] as string
