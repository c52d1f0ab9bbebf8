// npm run migration:new -- NAME: writes the next migration, from what the migrations so far lack of prisma/schema.prisma.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startEmbedded } from '../src/database/embedded.ts'
import { schemaDrift } from './drift.ts'

const [name = ''] = process.argv.slice(2)

if (/^[a-z][a-z0-9_]*$/.test(name)) await writeMigration()
else fail('Name the migration in lowercase, such as npm run migration:new -- add_something')

async function writeMigration(): Promise<void> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-migration-'))
  try {
    const database = await startEmbedded({ dataDir, throwaway: true })
    try {
      const sql = await schemaDrift(database.ownerUrl)
      if (sql === '') return fail('The migrations already match the schema, so no migration was written.')
      const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
      const folder = path.join(import.meta.dirname, 'migrations', `${time}_${name}`)
      mkdirSync(folder, { recursive: true })
      writeFileSync(path.join(folder, 'migration.sql'), `${sql}\n`)
      console.info(
        `Created ${path.relative(process.cwd(), folder)}/migration.sql. Review and edit it before you commit it.`,
      )
    } finally {
      await database.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function fail(sentence: string): void {
  console.error(sentence)
  process.exitCode = 1
}
