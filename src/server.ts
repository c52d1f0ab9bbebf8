// Purser's whole life as a process. Only this file acts when it is loaded.
import cluster from 'node:cluster'
import { setFlagsFromString } from 'node:v8'
import { readConfig } from './config.ts'
import type { Services } from './services.ts'
import { endInOrder, watchNpm } from './startup/ending.ts'
import { readDemoConfig } from './startup/demo.ts'
import { USAGE, readOptions } from './startup/options.ts'
import { startPrimary, stopPrimary } from './startup/primary.ts'
import { startServing, stopServing } from './startup/server-process.ts'
import { complain, sentenceOf, tell } from './startup/words.ts'

// Young objects are cleared up by the thread that made them. By default V8 has up to four others help it, which on two cores took 5 to 16 % of a
// page's CPU.
setFlagsFromString('--no-parallel-scavenge')

const parts: { services?: Services } = {}
const { end, signal } = endInOrder(
  () => (cluster.isPrimary ? stopPrimary(parts) : stopServing(parts)),
  () => parts.services?.config.drainSeconds ?? 0,
)

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    tell(USAGE)
    await end(0)
  }
  const config = options.demo ? await readDemoConfig(options) : readConfig(undefined, options)
  if (cluster.isPrimary) {
    if (options.withNpm) {
      watchNpm(() => {
        tell('The npm process that started Purser has exited. Stopping.')
        void end(0)
      })
    }
    await startPrimary(config, parts, options, signal)
  } else {
    await startServing(config, parts)
  }
} catch (error) {
  complain(sentenceOf(error))
  await end(1)
}
