import { defineConfig } from 'prisma/config'

// `generate` asks for the native schema engine, which it never runs and which would have to be downloaded: any program
// that exists will do. Every other command of Prisma's needs the real one.
if (process.argv.includes('generate')) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

const url = process.env.DATABASE_OWNER_URL ?? process.env.DATABASE_URL

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url && { datasource: { url } }),
})
