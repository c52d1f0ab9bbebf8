import { PgBoss } from 'pg-boss'
import { type JobName, QUEUE_SCHEMA, QUEUES } from './queue.ts'

/**
 * Brings the job queue's own tables and the settings of its queues up to date, as the role that owns the database. Safe at every
 * start and from several processes at once. The application's role gets its grants afterwards, by grantToApplication().
 */
export async function installQueue(ownerUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: QUEUE_SCHEMA,
    max: 1,
    supervise: false,
    schedule: false,
    registerInstance: false,
  })
  // Heard, so that a connection lost meanwhile is this function's failure and not the process's end.
  boss.on('error', () => {})
  try {
    await boss.start()
    for (const name of Object.keys(QUEUES) as JobName[]) {
      await boss.createQueue(name, QUEUES[name])
      await boss.updateQueue(name, QUEUES[name])
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The tables of the job queue cannot be migrated: ${reason}.`, { cause: error })
  } finally {
    await boss.stop({ graceful: false })
  }
}
