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

/** The name of the first file that is missing or another one than PostgreSQL sent; null where all are as they were. */
export function faultAgainst(manifest: string, found: ReadonlyMap<string, Found>): string | null {
  const { Files } = Manifest.parse(JSON.parse(manifest))
  for (const { Path, Size, Checksum } of Files) {
    const file = found.get(Path)
    if (file?.bytes !== Size || file.sha256 !== Checksum) return Path
  }
  return null
}
