import { setTimeout as wait } from 'node:timers/promises'
import { type RunningServer, runServer, type ServerPlan } from './server.ts'

/** Between two tries to bring an ended server back. */
const pauseMs = 1_000

/**
 * Runs the server of a cluster as runServer() does, and starts it again whenever it ends without having been asked to (killed, or
 * out of memory), on the same port, so that whoever was connected only has to connect again. Each end is told by `onGone`.
 */
export async function keepServer(plan: ServerPlan): Promise<RunningServer> {
  let stopping = false
  let reviving: Promise<void> = Promise.resolve()
  const gone = (error: Error) => {
    plan.onGone(error)
    if (!stopping) reviving = revive()
  }
  let server = await runServer({ ...plan, onGone: gone })
  const { port } = server

  async function revive() {
    let told = ''
    while (!stopping) {
      await wait(pauseMs)
      if (stopping) return
      try {
        server = await runServer({ ...plan, port, onGone: gone })
        if (server.port === port) return plan.onProgress('The database server is back.')
        await server.stop()
        throw new Error(`Port ${port} of the database server is used by another program now: stop that one.`)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        if (message !== told) plan.onProgress(message)
        told = message
      }
    }
  }

  return {
    port,
    async stop() {
      stopping = true
      await reviving
      await server.stop()
    },
  }
}
