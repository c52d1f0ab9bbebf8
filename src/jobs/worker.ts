import { type Job, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Database } from '../database/client.ts'
import { QUEUE_CONNECTIONS } from '../database/connections.ts'
import { everySoOften } from './every.ts'
import { type JobName, type Jobs, QUEUE_SCHEMA, QUEUES } from './queue.ts'

/** Does one job. It may be asked twice for the same one, and stops when `signal` says so. What it throws is tried again later. */
export type Handler<Name extends JobName, S> = (
  services: S,
  about: Jobs[Name],
  signal: AbortSignal,
) => Promise<void>

export type Handlers<S> = { readonly [Name in JobName]: Handler<Name, S> }

/** What the queue itself needs of what its handlers are given. */
interface Working {
  database: Database
  log: Logger
}

/** Makes jobs due whose hindrance outside of Purser is gone, and says of which queues. */
export type MayGoOn<S> = (services: S) => Promise<readonly JobName[]>

export interface JobWorker {
  /** Takes no more jobs and waits for those under way, for at most `msMax`; what is not done by then is tried again later. */
  stop(msMax?: number): Promise<void>
}

interface WorkerOptions<S> {
  /** How often to look for jobs that are due later than they were queued; the others wake the worker at once. */
  pollSeconds?: number
  /** Is asked every few seconds. */
  mayGoOn?: MayGoOn<S>
  /** Nobody else works these queues, as with the embedded database, which one Purser owns: what is under way was interrupted. */
  isAlone?: boolean
}

/** How many jobs of a queue are done at once. */
const AT_ONCE = 2

/** How often interrupted jobs are looked for, and whether others may go on. */
const LOOK_SECONDS = 3

/** How often pg-boss looks whose heartbeat is missing. */
const SUPERVISE_SECONDS = 5

/**
 * A database that vanished or hangs is given up, and the connection with it. The one that listens looks every few seconds whether it is
 * still heard.
 */
const SILENCE = {
  connectionTimeoutMillis: 5_000,
  query_timeout: 10_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  notifyHeartbeatIntervalMs: 5_000,
  notifyHeartbeatTimeoutMs: 3_000,
} as const

/**
 * Works the queues until it is stopped, as the application's role, which may alter nothing: tables are the owner's (install.ts).
 * Two connections of its own and one that listens, so that jobs and requests do not wait for each other's.
 */
export async function startWorker<S extends Working>(
  services: S,
  handlers: Handlers<S>,
  { pollSeconds = 10, mayGoOn = async () => [], isAlone = false }: WorkerOptions<S> = {},
): Promise<JobWorker> {
  const { log, database } = services
  const boss = new PgBoss({
    connectionString: database.pool.options.connectionString,
    application_name: 'purser-jobs',
    schema: QUEUE_SCHEMA,
    max: QUEUE_CONNECTIONS.work,
    ...SILENCE,
    migrate: false,
    createSchema: false,
    schedule: false,
    registerInstance: false,
    useListenNotify: true,
    // Maintenance needs nothing but rows to change; rebuilding indexes would need the owner.
    supervise: true,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    reindex: false,
    monitorVacuum: false,
  })
  boss.on('error', (error) => log.warn({ err: error }, 'job queue'))
  boss.on('warning', (warning) => log.warn({ warning }, 'job queue'))
  if (isAlone) await giveBackTaken(services)
  await boss.start()

  const workers: { name: JobName; id: string }[] = []
  const lookNow = (name: JobName) => {
    for (const worker of workers) if (worker.name === name) boss.notifyWorker(worker.id)
  }
  const work = <Name extends JobName>(name: Name, handle: Handler<Name, S>) =>
    boss.work<Jobs[Name]>(
      name,
      { pollingIntervalSeconds: pollSeconds, notifyPollingIntervalSeconds: pollSeconds },
      async ([job]: Job<Jobs[Name]>[]) => {
        if (!job) return
        try {
          await handle(services, job.data, job.signal)
        } catch (error) {
          log.warn({ err: error, job: name, jobId: job.id }, 'a job failed and will be retried')
          throw error
        }
        // Where one was due there may be more. Not after a failure: a server that refuses us is not asked without a pause.
        lookNow(name)
      },
    )
  for (const [name, handler] of Object.entries(handlers) as [JobName, Handler<JobName, S>][]) {
    for (let nth = 0; nth < AT_ONCE; nth++) workers.push({ name, id: await work(name, handler) })
  }

  let isTold = false
  const look = async () => {
    try {
      const names = [...(await bringBackInterrupted(services)), ...(await mayGoOn(services))]
      for (const name of new Set(names)) lookNow(name)
      isTold = false
    } catch (error) {
      if (!isTold) log.warn({ err: error }, 'could not check for jobs to resume')
      isTold = true
    }
  }
  const looking = everySoOften(Math.min(LOOK_SECONDS, pollSeconds) * 1000, look)
  return {
    stop: async (msMax = 5_000) => {
      await Promise.all([looking.stop(msMax), boss.stop({ graceful: true, timeout: msMax })])
    },
  }
}

/** Makes the jobs due that were under way when their process was killed; pg-boss would have them wait as if they had failed. */
async function bringBackInterrupted({ database }: Working): Promise<JobName[]> {
  const { rows } = await database.pool.query<{ name: JobName }>(
    `update ${QUEUE_SCHEMA}.job set start_after = now()
     where name = any($1) and state = 'retry' and start_after > now() and output #>> '{value,message}' = 'job heartbeat timeout'
     returning name`,
    [Object.keys(QUEUES)],
  )
  return rows.map(({ name }) => name)
}

/** Makes the jobs due that another process had taken when it was killed, without waiting until their heartbeat is missed. */
async function giveBackTaken({ database }: Working): Promise<void> {
  await database.pool.query(
    `update ${QUEUE_SCHEMA}.job set state = 'retry', start_after = now()
     where name = any($1) and state = 'active' and retry_count < retry_limit`,
    [Object.keys(QUEUES)],
  )
}
