import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { lockDataDir } from '../../src/database/data-lock.ts'
import { startEmbedded } from '../../src/database/embedded.ts'
import { grantToApplication } from '../../src/database/grants.ts'
import { migrate } from '../../src/database/migrations.ts'
import { endLeftBehind } from '../../src/database/server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of the throwaway server: as the tables' owner, as the application, as the superuser. */
    ownerUrl: string
    appUrl: string
    superUrl: string
  }
}

const prefix = path.join(os.tmpdir(), 'purser-tests-')

/**
 * Starts one throwaway database server for the whole run and migrates `purser_template`, which cloneDatabase() copies.
 * The server ends with the run, however that ends; should the run be killed outright, the next one sees to it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeRemnants()
  const dataDir = mkdtempSync(prefix)
  const { ownerUrl, appUrl, superUrl, stop } = await startEmbedded({ dataDir, throwaway: true })
  const teardown = async () => {
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void teardown().finally(() => process.exit(1)))
  }
  try {
    await makeTemplate(superUrl, ownerUrl)
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide('ownerUrl', ownerUrl)
  project.provide('appUrl', appUrl)
  project.provide('superUrl', superUrl)
  return teardown
}

async function makeTemplate(superUrl: string, ownerUrl: string): Promise<void> {
  const client = new pg.Client(superUrl)
  await client.connect()
  await client.query('create database purser_template owner purser_owner')
  await client.end()
  const url = new URL(ownerUrl)
  url.pathname = '/purser_template'
  await migrate(url.href)
  await grantToApplication(url.href, 'purser')
}

/** Ends and removes what earlier runs left that were killed. A folder that is a minute old or in use is another run's. */
async function removeRemnants(): Promise<void> {
  for (const dataDir of globSync(`${prefix}*`)) {
    const { uid, mtimeMs } = statSync(dataDir)
    if (uid !== os.userInfo().uid || Date.now() - mtimeMs < 60_000) continue
    const isFree = await lockDataDir(dataDir).then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    await endLeftBehind(path.join(dataDir, 'postgres'), () => {})
    rmSync(dataDir, { recursive: true, force: true })
  }
}
