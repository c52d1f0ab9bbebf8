import { rmSync } from 'node:fs'
import type { Config } from '../config.ts'
import { isEmbeddedIn } from '../database/embedded.ts'
import {
  type FoundInstallation,
  IN_REAL_USE,
  type Installation,
  holdsAnother,
} from '../database/installation.ts'
import { keyFingerprintOf } from '../keys.ts'
import type { Options } from './options.ts'

/** Decides, before anything is changed in it, whether this process may work on a database; throws the sentence why not. */
export type Admission = (found: FoundInstallation) => void

/** This process may not work on that database, as it is told to. */
export class NotAdmitted extends Error {
  override name = 'NotAdmitted'
}

/** What a start may serve: a real installation or the demo, as it was asked for, with a key that the database knows. */
export function admitStart(config: Config, { demo, newKey }: Pick<Options, 'demo' | 'newKey'>): Admission {
  return (found) => {
    if (found.isDemo && !demo) throw new NotAdmitted(demoIsNotServed(config))
    if (demo) refuseRealUse(found)
    if (!newKey) refuseNewKey(found, config)
    if (!newKey && !isKeyKnown(found, config)) {
      throw new NotAdmitted(
        `This database was last started with a different APP_KEY than ${nameOfKey(config)}. ` +
          'Set APP_KEY to that one, or list it in APP_KEY_PREVIOUS to change to a new one. ' +
          'If it is lost, npm start -- --new-key switches to the new one and lists what stops working.',
      )
    }
  }
}

/** What a command of the host may work on. */
export interface CommandMay {
  /** On the demo's database. */
  worksOnDemo: boolean
  /** Where there is no Purser yet, so that it makes one. */
  worksOnNothing: boolean
}

/**
 * What a command of the host works on: the service's own database with the service's own key, and the demo or a database without any
 * reseller only where it may.
 */
export function admitCommand(config: Config, { worksOnDemo, worksOnNothing }: CommandMay): Admission {
  return (found) => {
    if (found.reseller === null && !worksOnNothing) throw noPurserIn(config)
    if (found.isDemo && !worksOnDemo) {
      throw new NotAdmitted(
        'This database contains the demo, on which this command does not run. ' +
          'Set DATA_DIR or DATABASE_URL to the database that you want to use.',
      )
    }
    refuseNewKey(found, config)
    if (!isKeyKnown(found, config)) {
      throw new NotAdmitted(
        `This database was last started with a different APP_KEY than ${nameOfKey(config)}, so links would not work. ` +
          'Run the command with the same APP_KEY as the service.',
      )
    }
  }
}

/**
 * The configuration as the last start had it, for a command: the key that start noted signs, also where APP_KEY has been changed since, and
 * links carry the address of that start unless APP_URL says another.
 */
export function asLastStarted(config: Config, found: Installation): Config {
  const keys = [config.appKey, ...config.previousAppKeys]
  const noted = keys.find((key) => keyFingerprintOf(key) === found.keyFingerprint) ?? config.appKey
  return {
    ...config,
    appKey: noted,
    previousAppKeys: keys.filter((key) => key !== noted),
    appUrl: config.appUrl ?? found.address,
  }
}

/** What --new-key does, in a sentence for people. */
export function newKeyInWords(config: Config, found: Installation): string {
  const isNoted = found.keyFingerprint !== null
  if (isNoted && isKeyKnown(found, config))
    return 'The database already uses this APP_KEY, so --new-key changes nothing.'
  const unlessSame = isNoted ? '' : ', unless it is the one from before'
  return (
    `This APP_KEY (${nameOfKey(config)}) replaces the lost one. These no longer work${unlessSame}: all sessions, so everyone has to log in again; ` +
    'all links that were sent or copied (to set a password, verify an address or register); ' +
    'remembered browsers; and authenticator apps, so staff who use one log in with a recovery code, or after npm run staff:reset-factors. ' +
    'Customers, money and passwords are unchanged.'
  )
}

/** Nothing of the demo comes into a database that is anybody's own, not even its migrations. */
function refuseRealUse({ isDemo, isReal, reseller }: FoundInstallation): void {
  if (isDemo) return
  if (reseller !== null) throw new NotAdmitted(holdsAnother(reseller))
  if (isReal) throw new NotAdmitted(IN_REAL_USE)
}

type Places = Pick<Config, 'databaseUrl' | 'dataDir'>

/** Before a key or anything else is made there: @throws NotAdmitted where the folder of the embedded database holds none. */
export function mustHoldDatabase(places: Places): void {
  if (places.databaseUrl === null && !isEmbeddedIn(places.dataDir)) throw noPurserIn(places)
}

/** A command without the service's environment looks elsewhere, and finds nobody there. */
const noPurserIn = (places: Places) =>
  new NotAdmitted(
    `There is no Purser in ${placeInWords(places)}, so nothing was done. Run the command with the environment of the service: ` +
      'set DATA_DIR to its data folder, or DATABASE_URL (and DATABASE_OWNER_URL) to its database.',
  )

/** Without the password. */
function placeInWords({ databaseUrl, dataDir }: Places): string {
  if (databaseUrl === null) return `the folder ${dataDir}`
  const { host, pathname } = new URL(databaseUrl)
  return `the database ${decodeURIComponent(pathname.slice(1))} on ${host || 'this host'}`
}

/** A key that was made just now belongs to no database that is in use: it is taken away again, so that the right one can be put there. */
function refuseNewKey({ reseller }: FoundInstallation, { appKeyFile, isAppKeyNew }: Config): void {
  if (reseller === null || !isAppKeyNew || appKeyFile === null) return
  rmSync(appKeyFile, { force: true })
  throw new NotAdmitted(
    `This database is in use, but its key is missing. Restore ${appKeyFile} from a backup, or set APP_KEY if the key was set there. ` +
      'If the key is lost, npm start -- --new-key creates a new one and lists what stops working.',
  )
}

/** A database from before any was noted takes whatever its next start has. */
function isKeyKnown({ keyFingerprint }: Installation, { appKey, previousAppKeys }: Config): boolean {
  if (keyFingerprint === null) return true
  return [appKey, ...previousAppKeys].some((key) => keyFingerprintOf(key) === keyFingerprint)
}

function nameOfKey({ appKeyFile }: Config): string {
  return appKeyFile === null ? 'the one in the environment' : `the one in ${appKeyFile}`
}

function demoIsNotServed({ databaseUrl, dataDir }: Config): string {
  const place = databaseUrl ? 'This database' : `The database in ${dataDir}`
  const anew = databaseUrl
    ? 'set DATABASE_URL to an empty database'
    : `set DATA_DIR to a new folder, or move this one away first: mv ${dataDir} ${dataDir}-demo`
  return (
    `${place} contains the demo, whose passwords are public, so npm start does not serve it. ` +
    `To start from scratch, ${anew}. To use the demo, run npm run demo.`
  )
}
