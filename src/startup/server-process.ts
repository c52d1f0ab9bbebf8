import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import { followClock } from '../database/clock.ts'
import { connectionsFor } from '../database/connections.ts'
import type { Services } from '../services.ts'
import { type Listening, listen } from './listen.ts'
import { closeServices, openServices } from './services.ts'

/** How long requests under way may still take, in milliseconds; less than the primary process waits. */
const GRACE_MS = 4_500

interface Parts {
  services?: Services
  serving?: Listening
}

/** One of several serving processes: web server and pool, nothing else. Its environment names the database that is ready. */
export async function startServing(config: Config, parts: Parts): Promise<void> {
  const { serving: sizes } = connectionsFor(config.webConcurrency, config.databaseConnections)
  parts.services = openServices(config, config.databaseUrl as string, { sizes, serves: true })
  await followClock(parts.services.database.pool)
  parts.serving = await listen(createApp(parts.services), parts.services)
}

/** Drains, finishes the requests under way, then closes the pool. */
export async function stopServing({ services, serving }: Parts): Promise<void> {
  services?.ending.abort()
  await serving?.stop({ drainMs: (services?.config.drainSeconds ?? 0) * 1000, graceMs: GRACE_MS })
  if (services) await closeServices(services)
}
