// A process of its own that migrates a database, for a test that kills it.
import { migrate } from '../../src/database/migrations.ts'

const [ownerUrl = '', folder = ''] = process.argv.slice(2)
await migrate(ownerUrl, { folder, onProgress: (sentence) => process.send?.(sentence) })
process.disconnect()
