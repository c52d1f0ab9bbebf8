import { setTimeout as wait } from 'node:timers/promises'
import express, { type Request, type Response } from 'express'
import type pg from 'pg'
import type { Config } from '../config.ts'
import { maybeApart } from '../database/clock.ts'
import { maybeTooOld } from '../database/embedded-age.ts'
import { isDatabaseLost } from '../database/failures.ts'
import { guardsInPlace } from '../database/guards.ts'
import { pendingMigrations } from '../database/migrations.ts'
import { shortageBehind } from '../database/own-disk.ts'
import { services } from '../services.ts'
import { isFromHere } from './from-here.ts'

/** `/healthz`: the process answers. `/readyz`: it can serve and will go on doing so, or why not. Both for machines, in JSON. */
export const health = express.Router()

health.get('/healthz', (_req, res) => {
  res.json({ alive: true })
})

health.get('/readyz', async (req, res) => {
  const { config, database, log, ending } = services(req)
  if (ending.signal.aborted) return answer(req, res, { ready: false, isEnding: true })
  try {
    answer(req, res, await Promise.race([look(database.pool), deadline()]))
  } catch (error) {
    log.warn({ err: error }, 'not ready')
    res.set('Retry-After', '5')
    answer(req, res, { ready: false, database: stateBehind(error, config) })
  }
})

async function look(pool: pg.Pool): Promise<Readiness> {
  const pending = await pendingMigrations(pool)
  const guards = await guardsInPlace(pool)
  const ready =
    pending.length === 0 && guards.triggers && guards.constraints && guards.alteredFunctions.length === 0
  const warnings = [await maybeTooOld(pool), maybeApart()].filter((one) => one !== null)
  return { ready, database: 'reachable', pendingMigrations: pending, guards, warnings }
}

/** A balancer does not wait for longer, and a page would not either. Milliseconds. */
const LOOK_MS_MAX = 1_500

async function deadline(): Promise<never> {
  await wait(LOOK_MS_MAX, undefined, { ref: false })
  throw Object.assign(new Error('The database did not respond in time.'), { code: 'ETIMEDOUT' })
}

/** A database that answers may still be another Purser's, newer than this one. */
function stateBehind(error: unknown, config: Config): string {
  const shortage = shortageBehind(error, config)
  if (shortage) return `${shortage} unavailable`
  return isDatabaseLost(error) ? 'unreachable' : 'failing, see the log'
}

interface Readiness {
  ready: boolean
  [detail: string]: unknown
}

/** Whether it is ready, to everybody; the rest only to those who are on this machine. */
function answer(req: Request, res: Response, { ready, ...details }: Readiness) {
  res.status(ready ? 200 : 503).json(isFromHere(req) ? { ready, ...details } : { ready })
}
