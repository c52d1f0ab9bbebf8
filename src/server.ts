import { pino } from 'pino'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { connect } from './database/client.ts'
import { deriveKeys } from './keys.ts'

const config = readConfig()
const log = pino({ level: config.logLevel })
const database = connect(config.databaseUrl as string, {
  onError: (error) => log.warn({ err: error }, 'database connection lost'),
})
const keys = deriveKeys(config.appKey, config.previousAppKeys)
const app = createApp({ config, database, keys, log, queue: { add: async () => {} } })
app.listen(config.port, config.host, () => log.info(`http://${config.host}:${config.port}`))
