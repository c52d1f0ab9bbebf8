import { globSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import sparticuz from '@sparticuz/chromium'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { lockDataDir } from '../../src/database/data-lock.ts'
import { type EmbeddedDatabase, startEmbedded } from '../../src/database/embedded.ts'
import { endLeftBehind } from '../../src/database/server.ts'
import { prepareDatabase } from '../../src/startup/database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of the throwaway server: as the tables' owner, as the application, as the superuser. */
    ownerUrl: string
    appUrl: string
    superUrl: string
  }
}

/** A file system in memory, as Linux has it. */
const MEMORY = '/dev/shm'

/** The databases of a run are a few gigabytes at most. */
const ROOM_BYTES = 4 * 2 ** 30

const NAME = 'purser-tests-'

/**
 * Where the server keeps its files: in memory, where there is room. Each test file makes a database and drops it, which is more than six
 * hundred files.
 */
function dataFolder(): string {
  const memory = statSync(MEMORY, { throwIfNoEntry: false }) && statfsSync(MEMORY)
  return memory && memory.bavail * memory.bsize >= ROOM_BYTES ? MEMORY : os.tmpdir()
}

/**
 * Starts one throwaway database server for the whole run and migrates `purser_template`, which cloneDatabase() copies.
 * The server ends with the run, however that ends; should the run be killed outright, the next one sees to it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeRemnants()
  // The first run on a machine unpacks Chromium. Of two workers, one would start it while the other still writes it.
  await sparticuz.executablePath()
  const dataDir = mkdtempSync(path.join(dataFolder(), NAME))
  const { ownerUrl, appUrl, superUrl, stop } = await startEmbedded({ dataDir, throwaway: true })
  const teardown = async () => {
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void teardown().finally(() => process.exit(1)))
  }
  try {
    await makeTemplate({ superUrl, ownerUrl, appUrl })
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide('ownerUrl', ownerUrl)
  project.provide('appUrl', appUrl)
  project.provide('superUrl', superUrl)
  return teardown
}

async function makeTemplate({
  superUrl,
  ownerUrl,
  appUrl,
}: Pick<EmbeddedDatabase, 'superUrl' | 'ownerUrl' | 'appUrl'>): Promise<void> {
  const client = new pg.Client(superUrl)
  await client.connect()
  await client.query('create database purser_template owner purser_owner')
  await client.end()
  const named = (url: string) => Object.assign(new URL(url), { pathname: '/purser_template' }).href
  await prepareDatabase({ ownerUrl: named(ownerUrl), appUrl: named(appUrl) })
}

/** Ends and removes what earlier runs left that were killed. A folder of the last two hours, or in use, is another run's. */
async function removeRemnants(): Promise<void> {
  for (const dataDir of globSync([os.tmpdir(), MEMORY].map((folder) => path.join(folder, `${NAME}*`)))) {
    const found = statSync(dataDir, { throwIfNoEntry: false })
    if (!found) continue
    const { uid, mtimeMs } = found
    if (uid !== os.userInfo().uid || Date.now() - mtimeMs < 2 * 3_600_000) continue
    const isFree = await lockDataDir(dataDir).then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    await endLeftBehind(path.join(dataDir, 'postgres'), () => {})
    rmSync(dataDir, { recursive: true, force: true })
  }
}
