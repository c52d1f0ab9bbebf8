import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { loadDemo } from '../../prisma/demo/load.ts'
import { readConfig } from '../../src/config.ts'
import { startEmbedded } from '../../src/database/embedded.ts'
import { prepareDatabase } from '../../src/startup/database.ts'
import { demoFolderIn, forDemo } from '../../src/startup/demo.ts'
import { closeServices, openServices } from '../../src/startup/services.ts'
import { PurserProcess } from '../support/process.ts'

// Database servers of their own, each of which takes its time where the machine is busy with other tests.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

let made: string[] = []
let purser: PurserProcess | undefined
afterEach(async () => {
  await purser?.end()
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
  made = []
})
const newFolder = () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-demo-'))
  made.push(folder)
  return folder
}

/** A data folder as the version before left it: with the demo, or with nothing in its database. */
async function dataDirWith({ demo }: { demo: boolean }) {
  const dataDir = newFolder()
  const config = readConfig({ DATA_DIR: dataDir })
  const database = await startEmbedded({ dataDir, throwaway: true })
  await prepareDatabase(database)
  if (demo) {
    const services = openServices(config, database.appUrl)
    await loadDemo(services, { onProgress: () => {}, counts: [6, 2] })
    await closeServices(services)
  }
  await database.stop()
  return dataDir
}

test('the demo has a folder of its own beside a database in real use, and in an empty folder', async () => {
  const empty = newFolder()
  expect(await demoFolderIn(empty)).toBe(path.join(empty, 'demo'))
  const real = await dataDirWith({ demo: false })
  expect(await demoFolderIn(real)).toBe(path.join(real, 'demo'))
  expect(existsSync(path.join(real, 'demo'))).toBe(false)
})

test('a folder that holds the demo of before is used by the demo, and refused by npm start', async () => {
  const dataDir = await dataDirWith({ demo: true })
  expect(await demoFolderIn(dataDir)).toBe(dataDir)

  purser = new PurserProcess({ env: { DATA_DIR: dataDir } })
  expect(await purser.ended()).toBe(1)
  expect(purser.err).toMatch(
    / contains the demo, .* To start from scratch, set DATA_DIR to a new folder, or move this/,
  )

  purser = new PurserProcess({ flags: ['--demo'], env: { DATA_DIR: dataDir, WEB_CONCURRENCY: '2' } })
  const url = await purser.ready()
  expect((await fetch(`${url}/login`)).status).toBe(200)
  expect(await demoFolderIn(dataDir)).toBe(dataDir)
})

test('the demo is for this machine alone, and its mails leave only where that is said', () => {
  const env = {
    APP_KEY: Buffer.alloc(32, 7).toString('base64'),
    HOST: '0.0.0.0',
    APP_URL: 'https://purser.example.com',
    TRUST_PROXY: '1',
    SMTP_URL: 'smtp://127.0.0.1:2525',
  }
  expect(forDemo(readConfig(env))).toMatchObject({
    ...{ host: '127.0.0.1', appUrl: 'http://localhost:3000', trustProxy: false, smtpUrl: null },
  })
  expect(forDemo(readConfig({ ...env, HOST: '127.0.0.5' })).appUrl).toBeNull()
  expect(forDemo(readConfig({ ...env, PORT: '0' })).appUrl).toBeNull()
  expect(
    forDemo(readConfig({ ...env, HOST: '::1', APP_URL: 'http://[::1]:8080', DEMO_SENDS_MAIL: '1' })),
  ).toMatchObject({ host: '::1', appUrl: 'http://[::1]:8080', smtpUrl: env.SMTP_URL })
})
