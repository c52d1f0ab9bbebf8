import { setTimeout as wait } from 'node:timers/promises'
import { ServerFailure } from './last-words.ts'
import { type RunningServer, runServer, type ServerPlan } from './server.ts'

/** Between two tries to bring an ended server back. */
const pauseMs = 1_000

/**
 * Runs the server of a cluster as runServer() does, and starts it again whenever it ends without having been asked to (killed, or
 * out of memory), on the same port, so that clients only have to connect again. Each end is reported by `onGone`; why it cannot be started
 * again for now, by `onProgress`, but the same reason is reported once. Stopped while it comes back, it is not waited for.
 */
export async function keepServer(plan: ServerPlan): Promise<RunningServer> {
  const stopping = new AbortController()
  const signal = AbortSignal.any([stopping.signal, ...(plan.signal ? [plan.signal] : [])])
  let reviving: Promise<void> = Promise.resolve()
  const gone = (error: ServerFailure) => {
    plan.onGone(error)
    if (!stopping.signal.aborted) reviving = revive(reasonOf(error))
  }
  let server = await runServer({ ...plan, signal, onGone: gone })
  const { port } = server

  async function revive(told: string) {
    while (!stopping.signal.aborted) {
      await wait(pauseMs)
      if (stopping.signal.aborted) return
      try {
        server = await runServer({ ...plan, signal: stopping.signal, port, onGone: gone })
        if (server.port === port) return plan.onProgress('The database server is back.')
        await server.stop()
        throw new Error(
          `Port ${port} of the database server is now used by another program. Stop that program.`,
        )
      } catch (error) {
        if (stopping.signal.aborted) return
        const reason = reasonOf(error)
        if (reason !== told) plan.onProgress(error instanceof Error ? error.message : String(error))
        told = reason
      }
    }
  }

  return {
    port,
    async stop() {
      stopping.abort()
      await reviving
      await server.stop()
    },
  }
}

/** What to compare reasons by: the names of files have numbers in them, of processes for instance, that are others each time. */
function reasonOf(error: unknown): string {
  const why = error instanceof ServerFailure ? error.why : null
  return (why ?? String(error)).replaceAll(/[0-9A-F]+/g, '0')
}
