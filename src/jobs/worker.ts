import { type Job, PgBoss } from 'pg-boss'
import { QUEUE_CONNECTIONS } from '../database/connections.ts'
import type { Services } from '../services.ts'
import { type JobName, type Jobs, QUEUE_SCHEMA } from './queue.ts'

/** Does one job. It may be asked twice for the same one, and stops when `signal` says so. What it throws is tried again later. */
export type Handler<Name extends JobName> = (
  services: Services,
  about: Jobs[Name],
  signal: AbortSignal,
) => Promise<void>

export type Handlers = { readonly [Name in JobName]: Handler<Name> }

export interface JobWorker {
  /** Takes no more jobs and waits for those under way, for at most `msMax`; what is not done by then is tried again later. */
  stop(msMax?: number): Promise<void>
}

interface WorkerOptions {
  /** How often to look for jobs that are due later than they were queued; the others wake the worker at once. */
  pollSeconds?: number
}

/**
 * Works the queues until it is stopped, as the application's role, which may alter nothing: tables are the owner's (install.ts).
 * Two connections of its own and one that listens, so that jobs and requests do not wait for each other's.
 */
export async function startWorker(
  services: Services,
  handlers: Handlers,
  { pollSeconds = 10 }: WorkerOptions = {},
): Promise<JobWorker> {
  const { log, database } = services
  const boss = new PgBoss({
    connectionString: database.pool.options.connectionString,
    application_name: 'purser-jobs',
    schema: QUEUE_SCHEMA,
    max: QUEUE_CONNECTIONS.work,
    migrate: false,
    createSchema: false,
    schedule: false,
    registerInstance: false,
    useListenNotify: true,
    // Maintenance needs nothing but rows to change; rebuilding indexes would need the owner.
    supervise: true,
    superviseIntervalSeconds: 20,
    monitorIntervalSeconds: 20,
    reindex: false,
    monitorVacuum: false,
  })
  boss.on('error', (error) => log.warn({ err: error }, 'job queue'))
  boss.on('warning', (warning) => log.warn({ warning }, 'job queue'))
  await boss.start()

  const work = <Name extends JobName>(name: Name, handle: Handler<Name>) =>
    boss.work<Jobs[Name]>(
      name,
      { pollingIntervalSeconds: pollSeconds, notifyPollingIntervalSeconds: pollSeconds, localConcurrency: 2 },
      async ([job]: Job<Jobs[Name]>[]) => {
        if (!job) return
        try {
          await handle(services, job.data, job.signal)
        } catch (error) {
          log.warn({ err: error, job: name, jobId: job.id }, 'a job failed and will be tried again')
          throw error
        }
      },
    )
  for (const [name, handler] of Object.entries(handlers) as [JobName, Handler<JobName>][])
    await work(name, handler)
  return { stop: (msMax = 5_000) => boss.stop({ graceful: true, timeout: msMax }) }
}
