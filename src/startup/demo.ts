import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Config, readConfig, readPlaces } from '../config.ts'
import { connected } from '../database/connection.ts'
import { runningEmbedded, startEmbedded } from '../database/embedded.ts'
import { readInstallation } from '../database/installation.ts'
import { isLoopback } from '../web/loopback.ts'
import type { Options } from './options.ts'
import { tell } from './words.ts'

/**
 * The demo's configuration. Its database is where DATA_DIR or DATABASE_URL says; otherwise it has a folder of its own beside the one that
 * `npm start` uses.
 */
export async function readDemoConfig(options: Pick<Options, 'newKey'>): Promise<Config> {
  const { dataDir, databaseUrl, isDataDirGiven } = readPlaces()
  const isPlaceGiven = isDataDirGiven || databaseUrl !== null
  const folder = isPlaceGiven ? dataDir : await demoFolderIn(dataDir)
  return forDemo(readConfig(undefined, { ...options, dataDir: folder }))
}

/**
 * The demo's passwords are known to everybody, so it is for this machine alone, whatever HOST, APP_URL and TRUST_PROXY say; and its
 * mails, to addresses that somebody may have, leave only where DEMO_SENDS_MAIL says so. Where APP_URL is of no use, it is localhost, as
 * soon as the port is known: browsers take passkeys for a name, and not for an IP address.
 */
export function forDemo(config: Config): Config {
  const host = isLoopback(config.host) ? config.host : '127.0.0.1'
  const isGiven = config.appUrl !== null && isLoopback(hostOf(config.appUrl))
  const isByName = LOCALHOST.includes(host) && config.port !== 0
  return {
    ...config,
    isDemo: true,
    host,
    appUrl: isGiven ? config.appUrl : isByName ? `http://localhost:${config.port}` : null,
    trustProxy: false,
    smtpUrl: config.demoSendsMail ? config.smtpUrl : null,
  }
}

/** Where localhost leads. */
const LOCALHOST = ['localhost', '127.0.0.1', '::1']

/** Without the brackets of an IPv6 address. */
function hostOf(url: string): string {
  return new URL(url).hostname.replaceAll(/^\[|\]$/g, '')
}

/** `demo` in the data folder; or the folder itself where it holds the demo of a version that kept it there. */
export async function demoFolderIn(dataDir: string): Promise<string> {
  const own = path.join(dataDir, 'demo')
  const hasDatabase = (folder: string) => existsSync(path.join(folder, 'postgres'))
  if (hasDatabase(own) || !hasDatabase(dataDir)) return own
  return (await holdsDemo(dataDir)) ? dataDir : own
}

/** Looks into an embedded database without changing anything in it. */
async function holdsDemo(dataDir: string): Promise<boolean> {
  const running = runningEmbedded(dataDir)
  if (running) return (await connected(running.appUrl, readInstallation)).isDemo
  tell(`Checking whether ${dataDir} contains the demo.`)
  const database = await startEmbedded({ dataDir, onProgress: tell })
  try {
    return (await connected(database.ownerUrl, readInstallation)).isDemo
  } finally {
    await database.stop()
  }
}
