import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Listening, Stopping } from './listen.ts'
import { complain, tell } from './words.ts'

/** One that ends sooner than this after its start is not replaced at once, so that a fault does not become a storm. Milliseconds. */
const REPLACE_AFTER_MS = 1_000

/**
 * Serves with several processes behind one port (node:cluster): each runs server.ts again with this environment on top of ours. Resolves
 * when all of them serve; one that ends later is replaced. Rejects when one cannot even begin.
 */
export async function serveWithProcesses(
  count: number,
  environment: Record<string, string>,
): Promise<Listening> {
  let stopping = false
  let serving = false

  const start = async () => {
    const worker = cluster.fork(environment)
    worker.once('exit', (code, signal) => {
      if (stopping || !serving) return
      complain(`A server process exited (${signal ?? `code ${code}`}) and is being replaced.`)
      void replace()
    })
    const begun = await Promise.race([
      once(worker, 'listening').then(() => true),
      once(worker, 'exit').then(() => false),
    ])
    if (!begun) throw new Error('A server process exited before it was ready.')
  }
  const replace = async () => {
    await wait(REPLACE_AFTER_MS, undefined, { ref: false })
    if (stopping) return
    // One that fails again has said why itself, and its exit brings us back here.
    await start().then(
      () => tell('All server processes are running again.'),
      () => {},
    )
  }

  const stop = async ({ drainMs, graceMs }: Stopping) => {
    stopping = true
    await Promise.all(workers().map((worker) => endOf(worker, drainMs + graceMs)))
  }
  try {
    await Promise.all(Array.from({ length: count }, start))
  } catch (error) {
    await stop({ drainMs: 0, graceMs: 1_000 })
    throw error
  }
  serving = true
  return { stop }
}

const workers = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)

async function endOf(worker: Worker, msMax: number): Promise<void> {
  const ended = once(worker, 'exit')
  worker.process.kill('SIGTERM')
  await Promise.race([ended, wait(msMax, undefined, { ref: false })])
  if (!worker.isDead()) worker.process.kill('SIGKILL')
  await ended
}
