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

const USAGE = 'Usage: npm run restore -- FILE [--secrets FILE]'

await runPlainCommand(USAGE, async ({ file, secretsFile }, signal) => {
  const { dataDir, databaseUrl, appKey } = readPlaces()
  if (databaseUrl) {
    throw new Error(
      'DATABASE_URL points to your own PostgreSQL server. Restore it with its own tools (see docs/operations.md). ' +
        'This command fills the data folder of the embedded database.',
    )
  }
  const header = await unpackInto({ dataDir, file, secretsFile, signal, onProgress: tell })
  tell(`The files of ${header.takenAt} are in ${dataDir}. Starting the database and verifying its ledger.`)
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
      'The APP_KEY in the environment is not the one that this database was last started with. ' +
        (whereKeyIs === 'secrets' ? 'Unset it to use the one from the backup.' : 'Set it to that one.'),
    )
  } else if (!given && whereKeyIs === 'environment') {
    complain(
      'The backup does not include the application key. Before you start Purser, set APP_KEY to the original key.',
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
