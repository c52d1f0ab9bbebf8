import express, { type Request, type Response } from 'express'
import { isDatabaseLost, shortageOf } from '../database/failures.ts'
import { maybeApart } from '../database/clock.ts'
import { maybeTooOld } from '../database/embedded-age.ts'
import { guardsInPlace } from '../database/guards.ts'
import { pendingMigrations } from '../database/migrations.ts'
import { services } from '../services.ts'
import { isLoopback } from './loopback.ts'

/** `/healthz`: the process answers. `/readyz`: it can serve and will go on doing so, or why not. Both for machines, in JSON. */
export const health = express.Router()

health.get('/healthz', (_req, res) => {
  res.json({ alive: true })
})

health.get('/readyz', async (req, res) => {
  const { database, log, ending } = services(req)
  if (ending.signal.aborted) return answer(req, res, { ready: false, isEnding: true })
  try {
    const pending = await pendingMigrations(database.pool)
    const guards = await guardsInPlace(database.pool)
    const ready = pending.length === 0 && guards.triggers && guards.constraints
    const warnings = [await maybeTooOld(database.pool), maybeApart()].filter((one) => one !== null)
    answer(req, res, { ready, database: 'reachable', pendingMigrations: pending, guards, warnings })
  } catch (error) {
    log.warn({ err: error }, 'not ready')
    res.set('Retry-After', '5')
    answer(req, res, { ready: false, database: stateBehind(error) })
  }
})

/** A database that answers may still be another Purser's, newer than this one. */
function stateBehind(error: unknown): string {
  const shortage = shortageOf(error)
  if (shortage) return `short of ${shortage}`
  return isDatabaseLost(error) ? 'unreachable' : 'unfit, see the log'
}

interface Readiness {
  ready: boolean
  [detail: string]: unknown
}

/** Whether it is ready, to everybody; the rest only to those who are on this machine. */
function answer(req: Request, res: Response, { ready, ...details }: Readiness) {
  res.status(ready ? 200 : 503).json(isFromHere(req) ? { ready, ...details } : { ready })
}

/** Not `req.ip`, which a header may have decided: what a proxy on this machine passes on comes from somebody else. */
function isFromHere(req: Request): boolean {
  const isPassedOn = req.get('Forwarded') !== undefined || req.get('X-Forwarded-For') !== undefined
  return !isPassedOn && isLoopback(req.socket.remoteAddress ?? '')
}
