// npm run restore -- FILE [--secrets FILE]: puts a backup into an empty data folder, and proves its ledger before it says ready.
import { unpackInto } from '../backup/restore.ts'
import { readPlaces } from '../config.ts'
import { openPool } from '../database/client.ts'
import { startEmbedded } from '../database/embedded.ts'
import { clearHalfRestored } from '../database/half-restored.ts'
import { prepareDatabase } from '../startup/database.ts'
import { tell } from '../startup/words.ts'
import { runPlainCommand } from './plain-command.ts'
import { proveLedger } from './prove-ledger.ts'

const USAGE = 'Use: npm run restore -- FILE [--secrets FILE]'

await runPlainCommand(USAGE, async ({ file, secretsFile }, signal) => {
  const { dataDir, databaseUrl, appKey } = readPlaces()
  if (databaseUrl) {
    throw new Error(
      'DATABASE_URL names a PostgreSQL of your own: restore it with its own tools (the README says how). ' +
        'This command fills the data folder of the embedded one.',
    )
  }
  const header = await unpackInto({ dataDir, file, secretsFile, signal, onProgress: tell })
  tell(
    `The files of ${header.takenAt} are in ${dataDir}. Now the database is started and its ledger verified.`,
  )
  await prove(dataDir)
  clearHalfRestored(dataDir)
  if (header.appKey === 'environment' && !appKey)
    tell('The key is not in the backup: set APP_KEY to the one that Purser had there before you start it.')
  tell(`The backup of ${header.takenAt} is restored and ready: npm start serves it.`)
})

/** Starts what was restored, brings it up to date and proves it; the server is stopped in the end, whatever comes of it. */
async function prove(dataDir: string): Promise<void> {
  const database = await startEmbedded({ dataDir, onProgress: tell, halfRestored: true })
  try {
    await prepareDatabase(database, tell)
    const pool = openPool(database.appUrl, { onError: () => {} })
    try {
      await proveLedger({ pool })
    } finally {
      await pool.end()
    }
  } finally {
    await database.stop()
  }
}
