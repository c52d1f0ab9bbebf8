// npm run backup -- FILE [--secrets FILE]: writes the embedded database as one file, also while Purser runs.
import { existsSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { makeBackup } from '../backup/make.ts'
import { readPlaces } from '../config.ts'
import { runningEmbedded, startEmbedded } from '../database/embedded.ts'
import { tell } from '../startup/words.ts'
import { runPlainCommand } from './plain-command.ts'

const USAGE = 'Usage: npm run backup -- FILE [--secrets FILE]'

await runPlainCommand(USAGE, async ({ file, secretsFile }, signal) => {
  const { dataDir, databaseUrl } = readPlaces()
  if (databaseUrl) {
    throw new Error(
      'DATABASE_URL points to your own PostgreSQL server. Back it up with pg_dump or pg_basebackup (see docs/operations.md). ' +
        'This command backs up the embedded database.',
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
      tell('It contains everything, including passwords. Keep it where nobody else can read it.')
    else tell(`Its secrets are in ${secretsFile}. The backup cannot be used without that file.`)
    if (appKey === 'environment')
      tell(
        'It does not include the application key, which is not in the data folder. Keep the APP_KEY of the service as well.',
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
