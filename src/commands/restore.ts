// npm run restore -- FILE [--secrets FILE]: puts a backup into an empty data folder, and proves its ledger before it says ready.
import type { Header } from '../backup/header.ts'
import { finishRestore, unpackInto } from '../backup/restore.ts'
import { isKeyOf } from '../backup/secrets.ts'
import { readPlaces } from '../config.ts'
import { openPool } from '../database/client.ts'
import { startEmbedded } from '../database/embedded.ts'
import { halfRestoredSentence } from '../database/half-restored.ts'
import { prepareDatabase } from '../startup/database.ts'
import { complain, sentenceOf, tell } from '../startup/words.ts'
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
  await prove(dataDir, signal).catch((cause: unknown) => {
    throw new Error(`${sentenceOf(cause)}\n${halfRestoredSentence(dataDir)}`, { cause })
  })
  finishRestore(dataDir)
  tell(`The backup of ${header.takenAt} is restored and ready.`)
  tellOfKey(header, appKey)
})

/** Says which key Purser has to be started with, where that is not simply the one that was restored. */
function tellOfKey({ appKey: whereKeyIs, keyFingerprint }: Header, given: Buffer | null): void {
  if (given && !isKeyOf(keyFingerprint, given)) {
    complain(
      'The APP_KEY in the environment is not the one that this database was last started with: ' +
        (whereKeyIs === 'secrets' ? 'unset it, and the one from the backup counts.' : 'set it to that one.'),
    )
  } else if (!given && whereKeyIs === 'environment') {
    complain(
      'The key is not in the backup: before you start Purser, set APP_KEY to the one that it had there.',
    )
  }
}

/**
 * Starts what was restored, brings it up to date and proves it; the server is stopped in the end, whatever comes of it. The signal stops it at once,
 * and with it what is under way.
 */
async function prove(dataDir: string, signal: AbortSignal): Promise<void> {
  const database = await startEmbedded({ dataDir, onProgress: tell, halfRestored: true, signal })
  const stop = () => void database.stop().catch(() => {})
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    await prepareDatabase(database, { onProgress: tell, signal })
    const pool = openPool(database.appUrl, { onError: () => {} })
    try {
      await proveLedger({ pool })
    } finally {
      await pool.end()
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await database.stop()
  }
}
