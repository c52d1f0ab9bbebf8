import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
} from '@prisma/driver-adapter-utils'
import type * as Engine from '@prisma/schema-engine-wasm'
import pg from 'pg'

const charOid = 18
const charArrayOid = 1002

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>

/**
 * Lets `work` use Prisma's schema engine on a database, and closes its connections as soon as it is done: the engine's
 * advisory lock, which keeps other processes from migrating, lasts until then.
 * The engine is Prisma's own, built as WebAssembly; the native one would have to be downloaded.
 */
export async function withSchemaEngine<Result>(
  url: string,
  work: (engine: Engine.SchemaEngine) => Promise<Result>,
): Promise<Result> {
  const factory = new EngineAdapter(url)
  const { SchemaEngine } = await loadEngine()
  try {
    const engine = await SchemaEngine.new(
      { datamodels: undefined },
      () => {},
      bindMigrationAwareSqlAdapterFactory(factory),
    )
    return await work(engine)
  } finally {
    await factory.close()
  }
}

/**
 * The WebAssembly is put together by hand. The package's own entry imports it in a way that Node still calls experimental,
 * with a warning at every start; and its ten-second timer for the lock would keep a finished process alive.
 */
function loadEngine(): Promise<typeof Engine> {
  return (engineModule ??= (async () => {
    const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const engine = await import(pathToFileURL(glue).href)
    const program = new WebAssembly.Module(
      readFileSync(path.join(path.dirname(glue), 'schema_engine_bg.wasm')),
    )
    const patient = Object.keys(engine).filter((name) => name.startsWith('__wbg_setTimeout_'))
    const unreferenced = (callback: () => void, ms: number) => setTimeout(callback, ms >>> 0).unref()
    const imports = { ...engine, ...Object.fromEntries(patient.map((name) => [name, unreferenced])) }
    const { exports } = new WebAssembly.Instance(program, { './schema_engine_bg.js': imports })
    Object.assign(globalThis, {
      PRISMA_WASM_PANIC_REGISTRY: { set_message: (words: string) => process.stderr.write(`${words}\n`) },
    })
    engine.__wbg_set_wasm(exports)
    ;(exports as { __wbindgen_start(): void }).__wbindgen_start()
    return engine
  })())
}
let engineModule: Promise<typeof Engine> | null = null

/** Prisma's PostgreSQL adapter without the three faults that keep the schema engine from working over it. */
class EngineAdapter extends PrismaPg {
  readonly #url: string
  readonly #opened: PgAdapter[] = []

  constructor(url: string) {
    // One connection, which stays: the engine's advisory lock belongs to the session that took it.
    super({ connectionString: url, max: 1, idleTimeoutMillis: 0, application_name: 'purser migrations' })
    this.#url = url
  }

  override async connect(): Promise<PgAdapter> {
    const adapter = await super.connect()
    this.#opened.push(adapter)
    const pool = adapter.underlyingDriver()
    // 1. The stock adapter cuts a script at every semicolon, function bodies too. Sent whole, it is also one transaction.
    adapter.executeScript = async (script) => {
      await pool.query(script).catch((error: unknown) => {
        throw error instanceof pg.DatabaseError ? described(error) : error
      })
    }
    // 2. PostgreSQL's internal type "char" is unknown to it. It knows "char"[], so the one goes through it as the other.
    const query = pool.query.bind(pool) as (...words: unknown[]) => Promise<pg.QueryResult>
    const queryRaw = adapter.queryRaw.bind(adapter)
    Object.assign(pool, {
      query: async (...words: unknown[]) => {
        const result = await query(...words)
        for (const field of result.fields ?? [])
          if (field.dataTypeID === charOid) field.dataTypeID = charArrayOid
        return result
      },
    })
    adapter.queryRaw = async (statement) => {
      const result = await queryRaw(statement)
      const { Character, CharacterArray } = ColumnTypeEnum
      return {
        ...result,
        columnTypes: result.columnTypes.map((type) => (type === CharacterArray ? Character : type)),
      }
    }
    return adapter
  }

  // 3. The stock one drops its shadow database while it is still connected to it, which PostgreSQL refuses.
  override async connectToShadowDb(): Promise<PgAdapter> {
    const name = `purser_shadow_${randomUUID()}`
    const main = await this.connect()
    await main.executeScript(`create database "${name}"`)
    const url = new URL(this.#url)
    url.pathname = `/${name}`
    const shadow = new EngineAdapter(url.href)
    const adapter = await shadow.connect()
    adapter.dispose = async () => {
      await shadow.close()
      await main.executeScript(`drop database if exists "${name}" with (force)`)
    }
    return adapter
  }

  /** Closes every connection that is still open. */
  async close(): Promise<void> {
    for (const adapter of this.#opened.splice(0)) await adapter.underlyingDriver().end()
  }
}

/** What PostgreSQL said, in the shape that the engine passes on whole. */
function described({ code, severity, message, detail, column, hint }: pg.DatabaseError): DriverAdapterError {
  const known = { code: code ?? '', severity: severity ?? '', message, detail, column, hint }
  return new DriverAdapterError({ kind: 'postgres', ...known })
}
