import { afterAll, beforeAll } from 'vitest'
import { connect, type Database, disconnect } from '../../src/database/client.ts'
import { type ClonedDatabase, cloneDatabase } from '../setup/worker.ts'

/** An empty database for this file's tests, as the role that owns its tables and functions. Call what it gives within a test. */
export function useOwnersDatabase(): () => Database {
  let database: ClonedDatabase
  let owner: Database
  beforeAll(async () => {
    database = await cloneDatabase()
    owner = connect(database.ownerUrl, { max: 1, onError: () => {} })
  })
  afterAll(async () => {
    await disconnect(owner)
    await database.drop()
  })
  return () => owner
}
