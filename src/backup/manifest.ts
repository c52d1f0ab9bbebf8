import { z } from 'zod'

/** PostgreSQL's list of what a base backup holds (https://www.postgresql.org/docs/18/backup-manifest-files.html). */
const Manifest = z.object({
  Files: z.array(z.object({ Path: z.string(), Size: z.number(), Checksum: z.string() })),
})

/** What was found of a file: its size, and its SHA-256 in hexadecimal digits. */
export interface Found {
  bytes: number
  sha256: string
}

/** What no list names: the list itself, and the log, which PostgreSQL checks record by record when it starts. */
const UNLISTED = /^(?:backup_manifest|pg_wal\/[0-9A-F]{8}(?:[0-9A-F]{16}|\.history))$/

/**
 * The name of the first file that is missing, is another one than PostgreSQL sent, or was never sent by it; null where all are as they were.
 * @throws SyntaxError or ZodError where the list itself is none
 */
export function faultAgainst(manifest: string, found: ReadonlyMap<string, Found>): string | null {
  const { Files } = Manifest.parse(JSON.parse(manifest))
  for (const { Path, Size, Checksum } of Files) {
    const file = found.get(Path)
    if (file?.bytes !== Size || file.sha256 !== Checksum) return Path
  }
  const listed = new Set(Files.map(({ Path }) => Path))
  for (const name of found.keys()) if (!listed.has(name) && !UNLISTED.test(name)) return name
  return null
}
