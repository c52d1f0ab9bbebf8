// A process of its own that starts the embedded database in the folder it is given, for tests that kill it.
import { startEmbedded } from '../../src/database/embedded.ts'

try {
  const { appUrl } = await startEmbedded({ dataDir: process.argv[2] ?? '', throwaway: true })
  process.send?.({ appUrl })
  // Listening to the parent keeps this process up until it is killed.
  process.on('message', () => {})
} catch (error) {
  process.send?.({ refusal: error instanceof Error ? error.message : String(error) })
  process.disconnect()
}
