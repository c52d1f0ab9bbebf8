import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { APP_KEY_FILE } from '../app-key.ts'
import { ACCESS_FILE, readAccessText } from '../database/access.ts'
import { keyFingerprintOf } from '../keys.ts'
import type { Draft } from './draft.ts'
import type { Header } from './header.ts'

/** The files of a data folder that open the rest of it. They travel in the backup, or apart from it in a file of their own. */
export const SECRET_FILES = [ACCESS_FILE, APP_KEY_FILE] as const

/** Their contents; the key is missing where Purser takes it from its environment. */
export type Secrets = Partial<Record<(typeof SECRET_FILES)[number], string>>

/**
 * The secrets of a data folder, as another place can use them: the port there is another one. A key that lies there while the database was last
 * started with another, from the environment, is not one of them.
 */
export function secretsOf(dataDir: string, keyFingerprint: string | null): Secrets {
  const access = readAccessText(readFileSync(path.join(dataDir, ACCESS_FILE), 'utf8'))
  const key = appKeyText(dataDir)
  const isInUse = key !== null && isKeyOf(keyFingerprint, Buffer.from(key, 'base64'))
  return {
    [ACCESS_FILE]: `${JSON.stringify({ ...access, port: null }, null, 2)}\n`,
    ...(isInUse && { [APP_KEY_FILE]: key }),
  }
}

/** Whether a database with this fingerprint was last started with the key; one that has none takes any. */
export function isKeyOf(fingerprint: string | null, appKey: Buffer): boolean {
  return fingerprint === null || keyFingerprintOf(appKey) === fingerprint
}

function appKeyText(dataDir: string): string | null {
  const file = path.join(dataDir, APP_KEY_FILE)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

const Apart = z.object({
  kind: z.literal('secrets of a Purser'),
  /** The database cluster that they open. */
  system: z.string(),
  files: z.object({ [ACCESS_FILE]: z.string(), [APP_KEY_FILE]: z.string().optional() }),
})

/** Writes the secrets as a file of their own (mode 0600). */
export function writeSecretsApart(draft: Draft, system: string, secrets: Secrets): void {
  writeFileSync(draft.path, textOf(system, secrets), { mode: 0o600, flag: 'wx', flush: true })
}

/** Whether this file holds these very secrets: an earlier backup left it, and it will do for this one too. */
export function holdsSecrets(file: string, system: string, secrets: Secrets): boolean {
  return existsSync(file) && readFileSync(file, 'utf8') === textOf(system, secrets)
}

/** Reads the file that was written beside the backup with this header, or throws a sentence. */
export function readSecretsApart(
  file: string,
  { system, appKey, keyFingerprint }: Pick<Header, 'system' | 'appKey' | 'keyFingerprint'>,
): Secrets {
  const apart = Apart.safeParse(parsed(file))
  if (!apart.success) throw new Error(`${file} does not contain the secrets of a Purser backup.`)
  if (apart.data.system !== system)
    throw new Error(`${file} contains the secrets of a different installation than this backup.`)
  const key = apart.data.files[APP_KEY_FILE]
  // The key may have been changed between two backups, each of which has its own file then.
  if (appKey === 'secrets' && (!key || !isKeyOf(keyFingerprint, Buffer.from(key, 'base64'))))
    throw new Error(
      `${file} does not contain the key that this backup needs. Name the file that was written with it.`,
    )
  return apart.data.files
}

function textOf(system: string, files: Secrets): string {
  return `${JSON.stringify({ kind: 'secrets of a Purser', system, files }, null, 2)}\n`
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
