import express from 'express'
import { isDatabaseLost } from '../database/failures.ts'
import { guardsInPlace } from '../database/guards.ts'
import { pendingMigrations } from '../database/migrations.ts'
import { services } from '../services.ts'

/** `/healthz`: the process answers. `/readyz`: it can serve, or why not. Both for machines, in JSON. */
export const health = express.Router()

health.get('/healthz', (_req, res) => {
  res.json({ alive: true })
})

health.get('/readyz', async (req, res) => {
  const { database, log } = services(req)
  try {
    const pending = await pendingMigrations(database.pool)
    const guards = await guardsInPlace(database.pool)
    const ready = pending.length === 0 && guards.triggers && guards.constraints
    res.status(ready ? 200 : 503).json({ ready, database: 'reachable', pendingMigrations: pending, guards })
  } catch (error) {
    log.warn({ err: error }, 'not ready')
    // A database that answers may still be another Purser's, newer than this one.
    const found = isDatabaseLost(error) ? 'unreachable' : 'unfit, see the log'
    res.status(503).set('Retry-After', '5').json({ ready: false, database: found })
  }
})
