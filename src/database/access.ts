import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { writeWhole } from './whole-file.ts'

/** The file of the data folder that the embedded database's passwords are in. */
export const ACCESS_FILE = 'database.json'

const AccessFile = z.object({
  superuserPassword: z.string().min(1),
  ownerPassword: z.string().min(1),
  applicationPassword: z.string().min(1),
  /** Null until the server has run once. */
  port: z.number().nullable(),
})

/** How the embedded database is entered: passwords and port. */
export type DatabaseAccess = z.infer<typeof AccessFile>

/**
 * Reads passwords and port, or makes them before the cluster that is going to use them.
 * @throws a sentence where they are damaged, or missing beside a cluster that is there
 */
export function readAccess(dataDir: string, folder: string): DatabaseAccess {
  const file = path.join(dataDir, ACCESS_FILE)
  if (existsSync(file)) {
    try {
      return readAccessText(readFileSync(file, 'utf8'))
    } catch (cause) {
      const message = `${file}, which holds the database's passwords, is damaged. Restore it from a backup.`
      throw new Error(message, { cause })
    }
  }
  if (existsSync(folder)) {
    throw new Error(
      `${file}, which holds the passwords of the database in ${folder}, is missing. Restore it from a backup.`,
    )
  }
  const secret = () => randomBytes(24).toString('base64url')
  const passwords = { superuserPassword: secret(), ownerPassword: secret(), applicationPassword: secret() }
  writeAccess(dataDir, { ...passwords, port: null })
  return { ...passwords, port: null }
}

/** Passwords and port as the file has them. Throws where it is none such. */
export function readAccessText(text: string): DatabaseAccess {
  return AccessFile.parse(JSON.parse(text))
}

/** Whole or not at all, so that a full disk or a kill cannot cost the passwords. */
export function writeAccess(dataDir: string, access: DatabaseAccess): void {
  writeWhole(path.join(dataDir, ACCESS_FILE), `${JSON.stringify(access, null, 2)}\n`)
}
