import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const prismaFolder = path.resolve(import.meta.dirname, '../../prisma')

export interface Migration {
  name: string
  sql: string
}

/** Oldest first, as their names sort. A checkout with other line ends is still the same migration. */
export function readMigrations(folder: string): Migration[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return names
    .map(({ name }) => ({
      name,
      sql: readFileSync(path.join(folder, name, 'migration.sql'), 'utf8').replaceAll('\r\n', '\n'),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

const TRIGGER_FUNCTION =
  /create (?:or replace )?function "?(\w+)"?\(\) returns trigger language plpgsql as (\$\w*\$)(.*?)\2/gis

/** The functions of triggers by their names, each with its body as the last migration that has it wrote it. */
export function triggerFunctions(): Map<string, string> {
  const migrations = readMigrations(path.join(prismaFolder, 'migrations'))
  return new Map(
    migrations.flatMap(({ sql }) =>
      [...sql.matchAll(TRIGGER_FUNCTION)].map(([, name = '', , body = '']) => [name, body] as const),
    ),
  )
}
