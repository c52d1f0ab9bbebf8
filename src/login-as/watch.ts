import type { NextFunction, Request, Response } from 'express'
import { v7 as uuidv7 } from 'uuid'
import { record } from '../audit/record.ts'
import { transaction } from '../database/client.ts'
import { paths } from '../paths.ts'
import { services } from '../services.ts'
import type { Actor } from '../sessions/actor.ts'
import { Refusal } from '../web/refusal.ts'
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
  res.on('finish', () => note(req, res))
  if (actor.loginAs.mode === 'admin' || SAFE.has(req.method) || WAYS_OUT.has(pathOf(req))) return next()
  refuse(req, actor).then(
    () => next(new Refusal(403, t('ReadOnly Login: you can look at everything here, but change nothing.'))),
    next,
  )
}

/** The deed's row comes first, on the ordinary connection: the actor's own refuses to write. */
async function refuse(req: Request, actor: Actor) {
  const { loginAs, standsInFor } = actor
  if (!loginAs || !standsInFor) return
  await transaction(services(req), (db) =>
    record(db, actor, 'login_as.refused', {
      customer: { id: standsInFor },
      mode: loginAs.mode,
      method: req.method,
      path: pathOf(req),
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
        path: pathOf(req).slice(0, 300),
        status: res.statusCode,
      },
    })
    .catch((error: unknown) =>
      log.error({ err: error, requestId: req.id }, 'a page under login-as was not written down'),
    )
}

const pathOf = ({ originalUrl }: Request) => originalUrl.split('?')[0] as string
