import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeAccess } from '../../src/database/access.ts'
import { lockDataDir } from '../../src/database/data-lock.ts'
import { runningEmbedded } from '../../src/database/embedded.ts'
import { clearHalfRestored, markHalfRestored } from '../../src/database/half-restored.ts'

let dataDir: string
let unlock: () => void
beforeEach(async () => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-beside-'))
  unlock = await lockDataDir(dataDir)
})
afterEach(() => {
  unlock()
  rmSync(dataDir, { recursive: true })
})

const passwords = { superuserPassword: 's', ownerPassword: 'o', applicationPassword: 'a' }

test('beside a Purser that has only begun, a command waits its turn and makes nothing', () => {
  expect(() => runningEmbedded(dataDir)).toThrow('is starting or stopping here right now')
  expect(readdirSync(dataDir)).toEqual(['purser.lock'])
  writeAccess(dataDir, { ...passwords, port: null })
  mkdirSync(path.join(dataDir, 'postgres'))
  expect(() => runningEmbedded(dataDir)).toThrow('is starting or stopping here right now')
  writeAccess(dataDir, { ...passwords, port: 5000 })
  expect(runningEmbedded(dataDir)?.appUrl).toBe('postgresql://purser:a@127.0.0.1:5000/purser')
})

test('beside a restore it keeps its hands off, also once the database runs there to be verified', () => {
  writeAccess(dataDir, { ...passwords, port: 5000 })
  markHalfRestored(dataDir)
  expect(() => runningEmbedded(dataDir)).toThrow(
    `A restore to ${dataDir} is in progress. Wait until it has finished.`,
  )
  clearHalfRestored(dataDir)
  expect(runningEmbedded(dataDir)).not.toBeNull()
})

test('passwords that cannot be read are said to be so', () => {
  writeFileSync(path.join(dataDir, 'database.json'), '{}')
  expect(() => runningEmbedded(dataDir)).toThrow('Run this as the user that started it')
})
