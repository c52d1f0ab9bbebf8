import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import { FUNCTIONS } from '../src/database/functions.ts'
import { type Migration, prismaFolder, readMigrations } from '../src/database/migration-files.ts'
import { withSchemaEngine } from './schema-engine.ts'

const filters = { externalTables: [], externalEnums: [] }

/**
 * The SQL that leads from the migrations to `prisma/schema.prisma`; empty when they agree. The migrations are tried out in
 * a database of their own on this server, so the role must be allowed to create one.
 */
export async function schemaDrift(ownerUrl: string, { folder = prismaFolder } = {}): Promise<string> {
  const content = readFileSync(path.join(folder, 'schema.prisma'), 'utf8')
  const from = engineList(path.join(folder, 'migrations'), readMigrations(path.join(folder, 'migrations')))
  const { exitCode, stdout } = await withSchemaEngine(ownerUrl, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...from },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
      script: true,
      exitCode: true,
      filters,
    }),
  )
  return exitCode === 0 ? '' : (stdout ?? '').trim()
}

function engineList(baseDir: string, migrations: Migration[]): MigrationList {
  const made = new Set<string>()
  // What a migration calls stands in src/*/sql, and is there before the migrations of the version that brings it.
  const withFunctions = (sql: string) => {
    for (const [, name = ''] of sql.matchAll(/CREATE (?:OR REPLACE )?FUNCTION (\w+)\(/gi)) made.add(name)
    const before: string[] = []
    const bring = (caller: string) => {
      for (const [, name = ''] of caller.matchAll(/\b(\w+)\(/g)) {
        const text = FUNCTIONS.texts[name]
        if (made.has(name) || !text) continue
        made.add(name)
        bring(text)
        before.push(text)
      }
    }
    bring(sql)
    return [...before, sql].join('\n')
  }
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: withFunctions(sql) } },
    })),
  }
}
