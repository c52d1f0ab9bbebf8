// npm run backup -- FILE [--secrets FILE]: writes the embedded database as one file, also while Purser runs.
import { existsSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { makeBackup } from '../backup/make.ts'
import { readPlaces } from '../config.ts'
import { runningEmbedded, startEmbedded } from '../database/embedded.ts'
import { tell } from '../startup/words.ts'
import { runPlainCommand } from './plain-command.ts'

const USAGE = 'Use: npm run backup -- FILE [--secrets FILE]'

await runPlainCommand(USAGE, async ({ file, secretsFile }, signal) => {
  const { dataDir, databaseUrl } = readPlaces()
  if (databaseUrl) {
    throw new Error(
      'DATABASE_URL names a PostgreSQL of your own: back it up with pg_dump or pg_basebackup (the README says how). ' +
        'This command backs up the embedded one.',
    )
  }
  if (!existsSync(path.join(dataDir, 'postgres'))) throw new Error(`There is no database in ${dataDir}.`)
  const database = await databaseIn(dataDir, signal)
  try {
    const { secrets, appKey } = await makeBackup({
      dataDir,
      database,
      file,
      secretsFile,
      signal,
      onProgress: tell,
    })
    tell(`The backup is in ${file} (${written(statSync(file).size)}).`)
    if (secrets === 'inside')
      tell('It holds everything, passwords included: keep it where nobody else can read it.')
    else tell(`What opens it is in ${secretsFile}: it is of no use without that file.`)
    if (appKey === 'environment')
      tell(
        'The key is not in it, because it is not in the data folder: keep the APP_KEY of the service as well.',
      )
  } finally {
    await database.stop()
  }
})

/** The one that Purser runs there, or one that is started for us: it is not brought up to date, as a backup is made before that. */
async function databaseIn(dataDir: string, signal: AbortSignal) {
  const running = runningEmbedded(dataDir)
  if (!running) return startEmbedded({ dataDir, onProgress: tell, signal })
  // Pages come first.
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
  return { ...running, stop: async () => {} }
}

function written(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
