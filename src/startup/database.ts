import type { Config } from '../config.ts'
import { connected } from '../database/connection.ts'
import { startEmbedded } from '../database/embedded.ts'
import { grantToApplication, roleOf } from '../database/grants.ts'
import { type FoundInstallation, readInstallation } from '../database/installation.ts'
import { migrate, repairFunctions } from '../database/migrations.ts'
import { mustBeLetIn, mustFitTogether } from '../database/two-roles.ts'
import { installQueue } from '../jobs/install.ts'
import { updateBuiltInRoles } from '../people/update-roles.ts'
import type { Admission } from './admission.ts'

/** The database that this Purser works on, up to date and ready for the application's role. */
export interface ReadyDatabase {
  /** As the application's role. */
  appUrl: string
  /** As the role that owns the tables. */
  ownerUrl: string
  /** What it said about itself when it was admitted. */
  found: FoundInstallation
  /** Stops the embedded server; somebody else's is left alone. */
  stop(): Promise<void>
}

interface Opening {
  /** Asked before anything is changed in the database. */
  admit: Admission
  /** Told, in a sentence, about each step that takes a while. */
  onProgress?: (sentence: string) => void
  /** Told when the embedded server ended by itself. */
  onGone?: (error: Error) => void
  /** Given up at once when it says so: rejects with its reason, and nothing is left running. */
  signal?: AbortSignal
}

/**
 * Starts the embedded database unless the configuration names another, and brings it up to date where it is admitted. Rejects with one
 * sentence for people; whatever was started is stopped then.
 */
export async function openDatabase(
  config: Config,
  { admit, onProgress, onGone, signal }: Opening,
): Promise<ReadyDatabase> {
  const { databaseUrl, databaseOwnerUrl, dataDir } = config
  if (databaseUrl) {
    await mustFitTogether({ databaseUrl, databaseOwnerUrl })
    const urls = { appUrl: databaseUrl, ownerUrl: databaseOwnerUrl ?? databaseUrl }
    const found = await admitted(urls.ownerUrl, admit)
    await prepareDatabase(urls, { onProgress, signal })
    await mustBeLetIn({ databaseUrl, databaseOwnerUrl })
    return { ...urls, found, stop: async () => {} }
  }
  const embedded = await startEmbedded({ dataDir, onProgress, onGone, signal })
  try {
    const found = await admitted(embedded.ownerUrl, admit)
    await prepareDatabase(embedded, { onProgress, signal })
    return { ...embedded, found }
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

async function admitted(ownerUrl: string, admit: Admission): Promise<FoundInstallation> {
  const found = await connected(ownerUrl, readInstallation)
  admit(found)
  return found
}

/** Migrates as the owner, installs the job queue, brings the built-in roles up to date, and grants the application's role what it needs. Safe to repeat. */
export async function prepareDatabase(
  { appUrl, ownerUrl }: Pick<ReadyDatabase, 'appUrl' | 'ownerUrl'>,
  { onProgress, signal }: Pick<Opening, 'onProgress' | 'signal'> = {},
): Promise<void> {
  await migrate(ownerUrl, { onProgress, signal })
  await installQueue(ownerUrl)
  await updateBuiltInRoles(ownerUrl)
  signal?.throwIfAborted()
  await grantToApplication(ownerUrl, await roleBehind(appUrl))
  signal?.throwIfAborted()
}

/** Puts functions right that were changed or dropped outside Purser, with the rights to them, and returns their names. */
export async function repairDatabase({
  appUrl,
  ownerUrl,
}: Pick<ReadyDatabase, 'appUrl' | 'ownerUrl'>): Promise<string[]> {
  const names = await repairFunctions(ownerUrl)
  if (names.length > 0) await grantToApplication(ownerUrl, await roleBehind(appUrl))
  return names
}

const roleBehind = async (appUrl: string) => namedRole(appUrl) ?? (await roleOf(appUrl))

/** From the address itself, because the role may not even connect before it has its grants. */
function namedRole(url: string): string | null {
  return decodeURIComponent(new URL(url).username) || null
}
