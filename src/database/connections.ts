/** All that one Purser opens to its database where DATABASE_CONNECTIONS says nothing: PostgreSQL's usual limit is 100. */
export const CONNECTIONS_USUAL = 80

/** The job queue's, in the primary process alone: two that work and one that listens. */
export const QUEUE_CONNECTIONS = { work: 2, listen: 1 } as const

/** Jobs' and rounds', where the one process serves pages as well: neither wait for the other's. */
export const JOB_CONNECTIONS = 4

/** How many connections each pool of one process may have. */
export interface PoolSizes {
  /** Pages and actions; in a process that serves none, jobs and rounds. */
  pages: number
  /** What a ReadOnly Login reads. */
  readOnly: number
  /** Files on their way out. */
  files: number
}

/** Where there is room for them. */
const SERVING: PoolSizes = { pages: 10, readOnly: 5, files: 6 }

/** Below these, a page could wait for itself, or one file would keep all others waiting. */
const SERVING_MIN: PoolSizes = { pages: 3, readOnly: 1, files: 1 }

/** The primary process beside those that serve: jobs and rounds. */
const PRIMARY_ALONE: PoolSizes = { pages: 5, readOnly: 1, files: 1 }

const sum = ({ pages, readOnly, files }: PoolSizes) => pages + readOnly + files

/** What is not for pages and files: the queue's, and those of the jobs. */
const beside = (processes: number) =>
  QUEUE_CONNECTIONS.work + QUEUE_CONNECTIONS.listen + (processes === 1 ? JOB_CONNECTIONS : sum(PRIMARY_ALONE))

/** So many processes can serve within the usual number. */
export const PROCESSES_MAX = Math.floor((CONNECTIONS_USUAL - beside(2)) / sum(SERVING_MIN))

/** So many connections as that many processes need at least. */
export const connectionsMin = (processes: number) => beside(processes) + processes * sum(SERVING_MIN)

/**
 * The sizes of the pools, so that all of them times the processes come to no more than `connections`: `serving` of each process that
 * serves, `primary` of the one that starts them. With one process, that is both. Where nobody has said how many (null), no process takes
 * more than it usually has use for.
 */
export function connectionsFor(
  processes: number,
  connections: number | null = null,
): { serving: PoolSizes; primary: PoolSizes } {
  const each = Math.floor(((connections ?? CONNECTIONS_USUAL) - beside(processes)) / processes)
  const wanted = (each - sum(SERVING_MIN)) / (sum(SERVING) - sum(SERVING_MIN))
  const share = connections === null ? Math.min(1, wanted) : wanted
  const sized = (pool: keyof PoolSizes) =>
    SERVING_MIN[pool] + Math.floor((SERVING[pool] - SERVING_MIN[pool]) * share)
  const serving = { pages: sized('pages'), readOnly: sized('readOnly'), files: sized('files') }
  return { serving, primary: processes === 1 ? serving : PRIMARY_ALONE }
}

/** All connections of one Purser at most. */
export function connectionsOf(processes: number, connections: number | null = null): number {
  const { serving } = connectionsFor(processes, connections)
  return beside(processes) + processes * sum(serving)
}
