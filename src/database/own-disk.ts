import path from 'node:path'
import { runningEmbedded } from './embedded.ts'
import { type Shortage, isDatabaseAway, shortageOf } from './failures.ts'
import { isDiskFull } from './last-words.ts'

/** As in the configuration. */
interface Places {
  dataDir: string
  databaseUrl: string | null
}

/** What the database lacks, as it says itself or, where our own server is down, as its disk does. */
export function shortageBehind(error: unknown, places: Places): Shortage | null {
  const said = shortageOf(error)
  if (said) return said
  return isDatabaseAway(error) && isOwnDiskFull(places) ? 'disk space' : null
}

function isOwnDiskFull({ dataDir, databaseUrl }: Places): boolean {
  if (!isDiskFull(path.join(dataDir, 'postgres'))) return false
  try {
    // One of several serving processes is told the address, and may be asked for somebody else's database beside an old folder.
    return databaseUrl === null || databaseUrl === runningEmbedded(dataDir)?.appUrl
  } catch {
    return false
  }
}
