import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { currentTime } from '../database/clock.ts'
import { POSTGRES_MAJOR } from '../database/embedded.ts'
import { FUNCTIONS } from '../database/functions.ts'
import { migrationsUnknownHere } from '../database/migrations.ts'

/** Rises when an older Purser could not read the file any more. */
const FORMAT = 1

/** The name of the header inside of the file; its first entry. */
export const HEADER_NAME = 'purser-backup.json'

const Header = z.object({
  format: z.literal(FORMAT),
  /** The Purser that wrote it, from package.json. */
  purser: z.string(),
  /** The major version of PostgreSQL whose files these are. */
  postgres: z.string(),
  /** As Node.js names system and processor: PostgreSQL's files are of one kind of machine. */
  machine: z.string(),
  /** PostgreSQL's name for the database cluster. */
  system: z.string(),
  takenAt: z.iso.datetime(),
  /** What the data folder takes on the disk, roughly. */
  bytes: z.number().nonnegative(),
  /** The migrations that the database has. */
  migrations: z.array(z.string()),
  /** The number of the SQL functions that the database has; older backups do not say. */
  functions: z.int().nonnegative().optional(),
  /** The fingerprint of the application's key that it was last started with (see keys.ts); null where none is noted. */
  keyFingerprint: z.string().nullable(),
  /** Whether the database's passwords, and the application's key where the data folder has it, are in this file. */
  secrets: z.enum(['inside', 'apart']),
  /** Where the application's key is: with the secrets, or only in the environment of who runs Purser. */
  appKey: z.enum(['secrets', 'environment']),
})

/** What a backup says about itself, before its contents. */
export type Header = z.infer<typeof Header>

type Found = Omit<Header, 'format' | 'purser' | 'postgres' | 'machine' | 'takenAt'>

/** The header of a backup that is made now, on this machine, by this Purser. */
export function headerOf(found: Found): Header {
  return {
    format: FORMAT,
    purser: purserVersion(),
    postgres: POSTGRES_MAJOR,
    machine: MACHINE,
    takenAt: currentTime().toISOString(),
    ...found,
  }
}

/** Reads a header, or throws a sentence that says why this Purser cannot restore the backup. */
export function readHeader(file: string, text: string): Header {
  const found = Loose.safeParse(parsed(text))
  if (!found.success) throw new Error(`${file} is not a Purser backup.`)
  if (found.data.format > FORMAT)
    throw new Error(`${file} was created by a newer version of Purser. Restore it with that version.`)
  const read = Header.safeParse(found.data)
  if (!read.success) throw new Error(`${file} is not a Purser backup.`)
  const header = read.data
  if (header.postgres !== POSTGRES_MAJOR) {
    throw new Error(
      `${file} contains files of PostgreSQL ${header.postgres}, and this version of Purser includes PostgreSQL ${POSTGRES_MAJOR}. ` +
        'Restore it with a version of Purser that includes the same one.',
    )
  }
  if (header.machine !== MACHINE) {
    throw new Error(
      `${file} was created on ${header.machine}, and this machine is ${MACHINE}. PostgreSQL files cannot be moved between the two. ` +
        'Restore it on a machine of the same kind.',
    )
  }
  const [unknown] = migrationsUnknownHere(header.migrations)
  if (unknown) {
    throw new Error(
      `${file} was created by a newer version of Purser (it has the migration ${unknown}). Restore it with that version.`,
    )
  }
  if ((header.functions ?? 0) > FUNCTIONS.number) {
    throw new Error(
      `${file} was created by a newer version of Purser (its SQL functions have number ${header.functions}; this version has ` +
        `${FUNCTIONS.number}). Restore it with that version.`,
    )
  }
  return header
}

const MACHINE = `${process.platform}-${process.arch}`

/** What headers of every format have. */
const Loose = z.looseObject({ format: z.number(), purser: z.string() })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function purserVersion(): string {
  const file = path.resolve(import.meta.dirname, '../../package.json')
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
}
