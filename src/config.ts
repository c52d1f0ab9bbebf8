import { existsSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { isatty } from 'node:tty'
import { z } from 'zod'
import { APP_KEY_FILE, readOrMakeAppKey } from './app-key.ts'
import { CONNECTIONS_USUAL, PROCESSES_MAX, connectionsMin } from './database/connections.ts'
import { keptAddress } from './words/email-address.ts'

const projectRoot = path.resolve(import.meta.dirname, '..')

/** What the environment decides, parsed and ready to use. Nobody but this file reads `process.env`. */
export interface Config {
  /** production unless NODE_ENV says otherwise. */
  environment: 'development' | 'test' | 'production'
  port: number
  host: string
  /** The origin that links in mails carry, without a slash at its end; null: it is not known. */
  appUrl: string | null
  /** A PostgreSQL of one's own, as the application's role; null: the embedded one is used. */
  databaseUrl: string | null
  /** The same database as the role that owns the tables and migrates; null: `databaseUrl` does both. */
  databaseOwnerUrl: string | null
  /** Absolute. Holds the embedded database and the secrets made on first start. */
  dataDir: string
  /** 32 bytes, from which every other key is derived. */
  appKey: Buffer
  /** The file in which it was found or made; null: the environment has it. */
  appKeyFile: string | null
  /** That file was made just now. */
  isAppKeyNew: boolean
  /** Keys that were in use before, newest first: what they signed stays valid. */
  previousAppKeys: Buffer[]
  smtpUrl: string | null
  /** Whom mails come from; '' for the name: each reseller's own. */
  mailFrom: { name: string; address: string }
  /** All connections to the database that one Purser opens; null: as many as it usually has use for. */
  databaseConnections: number | null
  /** Number of processes that serve, 1 to PROCESSES_MAX. */
  webConcurrency: number
  /** How long an orderly stop goes on serving, so that balancers see that it is about to end, in seconds. */
  drainSeconds: number
  /** As Express takes `trust proxy`: false, a number of hops, or addresses and ranges. */
  trustProxy: false | number | string[]
  logLevel: (typeof logLevels)[number]
  setupToken: string | null
  /** The demo's mails leave like others. */
  demoSendsMail: boolean
  /** It serves the demo, whose passwords are published. */
  isDemo: boolean
}

/** The environment is wrong. The message has one sentence for each variable that is, fit to be printed alone. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

interface Reading {
  /** The data folder, whatever DATA_DIR says. */
  dataDir?: string
  /** Make a key also beside a database that has lost its own. */
  newKey?: boolean
}

/**
 * Reads the configuration, and `.env` in the project's folder first when it is the process's own environment
 * (what is set already wins over the file). Makes the application key in the data folder when there is none yet.
 * Throws ConfigError for a wrong value; secrets are never repeated in it. An empty value counts as unset.
 */
export function readConfig(
  env: NodeJS.ProcessEnv = process.env,
  { dataDir: given, newKey = false }: Reading = {},
): Config {
  const values = readValues(env)
  const dataDir = given ?? values.DATA_DIR
  const appKeyFile = values.APP_KEY ? null : path.join(dataDir, APP_KEY_FILE)
  const isAppKeyNew = appKeyFile !== null && !existsSync(appKeyFile)
  return {
    environment: values.NODE_ENV ?? 'production',
    port: values.PORT,
    host: values.HOST,
    appUrl: values.APP_URL,
    databaseUrl: values.DATABASE_URL,
    databaseOwnerUrl: values.DATABASE_OWNER_URL,
    dataDir,
    appKey: values.APP_KEY ?? appKeyIn(dataDir, newKey),
    appKeyFile,
    isAppKeyNew,
    previousAppKeys: values.APP_KEY_PREVIOUS,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM ?? {
      name: '',
      address: `purser@${values.APP_URL ? new URL(values.APP_URL).hostname : 'localhost'}`,
    },
    databaseConnections: values.DATABASE_CONNECTIONS,
    webConcurrency: values.WEB_CONCURRENCY,
    drainSeconds: values.DRAIN_SECONDS ?? (isatty(1) ? 0 : DRAIN_SECONDS),
    trustProxy: values.TRUST_PROXY,
    logLevel: values.LOG_LEVEL,
    setupToken: values.SETUP_TOKEN,
    demoSendsMail: values.DEMO_SENDS_MAIL,
    isDemo: false,
  }
}

/**
 * Where the data is, for code that needs no key or does not know yet where the key is: none is made. Reads `.env` and throws ConfigError as readConfig() does.
 */
export function readPlaces(
  env: NodeJS.ProcessEnv = process.env,
): Pick<Config, 'dataDir' | 'databaseUrl'> & { isDataDirGiven: boolean; appKey: Buffer | null } {
  const { DATA_DIR, DATABASE_URL, APP_KEY } = readValues(env)
  return {
    dataDir: DATA_DIR,
    isDataDirGiven: Boolean(env.DATA_DIR?.trim()),
    databaseUrl: DATABASE_URL,
    appKey: APP_KEY ?? null,
  }
}

function readValues(env: NodeJS.ProcessEnv): z.infer<typeof Environment> {
  if (env === process.env) readEnvFile()
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))
  const parsed = Environment.safeParse(given)
  if (!parsed.success) throw new ConfigError(sentences(parsed.error))
  return parsed.data
}

/** In a terminal nobody stands in between who would have to see it first. */
const DRAIN_SECONDS = 2

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** A variable that may be left out, then null. */
const optional = <T extends z.ZodType<unknown, string>>(schema: T) =>
  schema.optional().transform((value) => value ?? null)

const Environment = z
  .object({
    NODE_ENV: z
      .enum(['development', 'test', 'production'], 'must be development, test or production')
      .optional(),
    PORT: integer(0, 65535).default(3000),
    HOST: z
      .string()
      .regex(/^[\w.:-]+$/, 'must be a host name or an IP address')
      .default('127.0.0.1'),
    APP_URL: optional(
      z
        .string()
        .refine(isOrigin, 'must be an address such as https://purser.example.com, without a path')
        .transform((value) => new URL(value).origin),
    ),
    DATABASE_URL: optional(databaseUrl()),
    DATABASE_OWNER_URL: optional(databaseUrl()),
    DATA_DIR: z
      .string()
      .default('var')
      .transform((folder) => path.resolve(projectRoot, folder)),
    APP_KEY: z
      .string()
      .refine(isKey, 'must be 32 random bytes in base64 (openssl rand -base64 32)')
      .transform(toKey)
      .optional(),
    APP_KEY_PREVIOUS: z
      .string()
      .transform((list) => list.split(',').map((key) => key.trim()))
      .refine((keys) => keys.every(isKey), 'must be earlier values of APP_KEY, separated by commas')
      .transform((keys) => keys.map(toKey))
      .default([]),
    SMTP_URL: optional(
      z
        .string()
        .refine(
          (value) => isUrl(value, ['smtp:', 'smtps:']),
          'must be an address such as smtps://user:password@mail.example.com:465',
        ),
    ),
    MAIL_FROM: z
      .string()
      .regex(
        /^(?:[^<>@]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/,
        'must be an e-mail address, or a name with the address in angle brackets',
      )
      .transform(toSender)
      .optional(),
    DATABASE_CONNECTIONS: optional(integer(connectionsMin(1), 1000)),
    WEB_CONCURRENCY: integer(1, PROCESSES_MAX).default(1),
    DRAIN_SECONDS: integer(0, 60).optional(),
    TRUST_PROXY: z
      .string()
      .transform(toTrustProxy)
      .refine(
        (value) => value !== null,
        'must be a number of proxies from 0 to 32, or their addresses and ranges, separated by commas ' +
          '(such as 10.0.0.0/8, loopback); trusting all senders is not supported',
      )
      .transform((value) => value ?? false)
      .default(false),
    LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
    SETUP_TOKEN: optional(z.string()),
    DEMO_SENDS_MAIL: z
      .enum(['0', '1'], 'must be 1 or 0')
      .default('0')
      .transform((value) => value === '1'),
  })
  .superRefine((values, context) => {
    const refuse = (variable: string, message: string) =>
      context.addIssue({ code: 'custom', path: [variable], message })
    if (values.DATABASE_OWNER_URL && !values.DATABASE_URL) {
      refuse('DATABASE_URL', 'must also be set when DATABASE_OWNER_URL is set')
    }
    const { DATABASE_CONNECTIONS: connections, WEB_CONCURRENCY: processes } = values
    if (connections !== null && connections < connectionsMin(processes)) {
      refuse(
        'DATABASE_CONNECTIONS',
        `must be at least ${connectionsMin(processes)} for WEB_CONCURRENCY ${processes}`,
      )
    }
    if (connections !== null && connections > CONNECTIONS_USUAL && !values.DATABASE_URL) {
      refuse('DATABASE_CONNECTIONS', `must be at most ${CONNECTIONS_USUAL} with the embedded database`)
    }
    if (values.NODE_ENV === 'production' && !values.APP_KEY) {
      refuse(
        'APP_KEY',
        'is required when NODE_ENV is production: 32 random bytes in base64 (openssl rand -base64 32)',
      )
    }
  })

/** One sentence for each variable, in the order of the table above. */
function sentences(error: z.ZodError): string {
  const firstOfEach = new Map<PropertyKey, string>()
  for (const issue of error.issues) {
    const variable = issue.path[0] ?? 'The environment'
    if (!firstOfEach.has(variable)) firstOfEach.set(variable, `${String(variable)} ${issue.message}.`)
  }
  return [...firstOfEach.values()].join('\n')
}

function readEnvFile(): void {
  const file = path.join(projectRoot, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
}

function appKeyIn(dataDir: string, newKey: boolean): Buffer {
  try {
    return readOrMakeAppKey(dataDir, { besideDatabase: newKey })
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function integer(least: number, most: number) {
  return z
    .string()
    .refine(
      (value) => /^\d{1,6}$/.test(value) && Number(value) >= least && Number(value) <= most,
      `must be a whole number from ${least} to ${most}`,
    )
    .transform(Number)
}

function databaseUrl() {
  return z
    .string()
    .refine(
      (value) => isUrl(value, ['postgres:', 'postgresql:']) && new URL(value).pathname.length > 1,
      'must be an address such as postgresql://user:password@host:5432/database',
    )
}

function isUrl(value: string, protocols: string[]): boolean {
  const url = URL.parse(value)
  return url !== null && protocols.includes(url.protocol)
}

function isOrigin(value: string): boolean {
  const url = URL.parse(value)
  return isUrl(value, ['http:', 'https:']) && url?.href === `${url?.origin}/`
}

function isKey(value: string): boolean {
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(value)
}

function toKey(value: string): Buffer {
  return Buffer.from(value, 'base64')
}

/**
 * A name, which may stand in quotes, and the address behind it; the address alone has no name. Read by hand, since a parser of mail
 * headers takes brackets for a comment and a colon for the name of a group.
 */
function toSender(value: string): { name: string; address: string } {
  const [, name = '', address = value] = /^(.*)<(.*)>$/.exec(value) ?? []
  const bare = name.trim().replace(/^"(.*)"$/, (_quoted, inner: string) => inner.replaceAll(/\\(.)/g, '$1'))
  return { name: bare, address: keptAddress(address) }
}

/** What Express takes for `trust proxy`; null when it is none of that. */
function toTrustProxy(value: string): false | number | string[] | null {
  if (['false', '0', 'none'].includes(value)) return false
  if (/^\d+$/.test(value)) return Number(value) <= 32 ? Number(value) : null
  const list = value.split(',').map((entry) => entry.trim())
  return list.every(isProxyAddress) ? list : null
}

function isProxyAddress(entry: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(entry)) return true
  const [address = '', bits, ...rest] = entry.split('/')
  const family = net.isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
