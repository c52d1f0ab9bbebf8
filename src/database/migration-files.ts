import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const prismaFolder = path.resolve(import.meta.dirname, '../../prisma')

export interface Migration {
  name: string
  sql: string
  /** SHA-256 in hex, as Prisma writes it. */
  checksum: string
  /**
   * False for one whose first line is OUTSIDE: PostgreSQL refuses some statements inside a transaction (CREATE INDEX CONCURRENTLY). Each of
   * its statements ends with a semicolon at the end of a line, and all of them must bear being run again, because a kill can come between
   * the last one and its note.
   */
  isTransaction: boolean
}

const OUTSIDE = '-- outside a transaction\n'

/** Oldest first, as their names sort. A checkout with other line ends is still the same migration. */
export function readMigrations(folder: string): Migration[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return names
    .map(({ name }) => readMigration(folder, name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

function readMigration(folder: string, name: string): Migration {
  const sql = readFileSync(path.join(folder, name, 'migration.sql'), 'utf8').replaceAll('\r\n', '\n')
  const checksum = createHash('sha256').update(sql).digest('hex')
  return { name, sql, checksum, isTransaction: !sql.startsWith(OUTSIDE) }
}

/** The statements of a migration that runs outside a transaction, where each has to be sent alone. */
export function statementsOf({ sql }: Migration): string[] {
  return sql.split(/;[ \t]*$/m).filter((statement) => statement.replaceAll(/^\s*--.*$/gm, '').trim() !== '')
}
