import type { Config } from '../config.ts'
import { startEmbedded } from '../database/embedded.ts'
import { grantToApplication, roleOf } from '../database/grants.ts'
import { migrate } from '../database/migrations.ts'
import { installQueue } from '../jobs/install.ts'

/** The database that this Purser works on, up to date and ready for the application's role. */
export interface ReadyDatabase {
  /** As the application's role. */
  appUrl: string
  /** As the role that owns the tables. */
  ownerUrl: string
  /** Stops the embedded server; somebody else's is left alone. */
  stop(): Promise<void>
}

interface Told {
  /** Told, in a sentence, about each step that takes a while. */
  onProgress?: (sentence: string) => void
  /** Told when the embedded server ended by itself. */
  onGone?: (error: Error) => void
}

/**
 * Starts the embedded database unless the configuration names another, and brings it up to date. Rejects with one sentence for
 * people; whatever was started is stopped then.
 */
export async function openDatabase(
  config: Config,
  { onProgress, onGone }: Told = {},
): Promise<ReadyDatabase> {
  const { databaseUrl, databaseOwnerUrl, dataDir } = config
  if (databaseUrl) {
    const urls = { appUrl: databaseUrl, ownerUrl: databaseOwnerUrl ?? databaseUrl }
    await prepareDatabase(urls, onProgress)
    return { ...urls, stop: async () => {} }
  }
  const embedded = await startEmbedded({ dataDir, onProgress, onGone })
  try {
    await prepareDatabase(embedded, onProgress)
  } catch (error) {
    await embedded.stop()
    throw error
  }
  return embedded
}

/** Migrates as the owner, installs the job queue, and grants the application's role what it needs. Safe to repeat. */
export async function prepareDatabase(
  { appUrl, ownerUrl }: Pick<ReadyDatabase, 'appUrl' | 'ownerUrl'>,
  onProgress?: (sentence: string) => void,
): Promise<void> {
  await migrate(ownerUrl, { onProgress })
  await installQueue(ownerUrl)
  await grantToApplication(ownerUrl, namedRole(appUrl) ?? (await roleOf(appUrl)))
}

/** From the address itself, because the role may not even connect before it has its grants. */
function namedRole(url: string): string | null {
  return decodeURIComponent(new URL(url).username) || null
}
