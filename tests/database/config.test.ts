import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../src/config.ts'

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-config-'))
afterAll(() => rmSync(dataDir, { recursive: true }))

const key = Buffer.alloc(32, 7).toString('base64')
const olderKey = Buffer.alloc(32, 8).toString('base64')

function complaintAbout(env: NodeJS.ProcessEnv): string {
  try {
    readConfig({ APP_KEY: key, ...env })
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

test('nothing has to be set', () => {
  expect(readConfig({ APP_KEY: key })).toMatchObject({
    environment: 'production',
    port: 3000,
    host: '127.0.0.1',
    appUrl: null,
    databaseUrl: null,
    databaseOwnerUrl: null,
    dataDir: path.resolve(import.meta.dirname, '../../var'),
    previousAppKeys: [],
    smtpUrl: null,
    mailFrom: { name: '', address: 'purser@localhost' },
    webConcurrency: 1,
    trustProxy: false,
    logLevel: 'info',
    setupToken: null,
  })
})

test('an empty value counts as unset', () => {
  expect(readConfig({ APP_KEY: key, PORT: '', DATABASE_URL: ' ', SETUP_TOKEN: '' })).toEqual(
    readConfig({ APP_KEY: key }),
  )
})

test('every value is read as what it means', () => {
  const config = readConfig({
    NODE_ENV: 'production',
    PORT: '8080',
    HOST: '::1',
    APP_URL: 'https://purser.example.com/',
    DATABASE_URL: 'postgresql://app:a@db/purser',
    DATABASE_OWNER_URL: 'postgres://owner:b@db:6432/purser',
    APP_KEY: key,
    APP_KEY_PREVIOUS: `${olderKey}, ${key}`,
    SMTP_URL: 'smtps://u:p@mail.example.com:465',
    WEB_CONCURRENCY: '4',
    LOG_LEVEL: 'debug',
  })
  expect(config).toMatchObject({ environment: 'production', port: 8080, host: '::1', webConcurrency: 4 })
  expect(config).toMatchObject({
    appUrl: 'https://purser.example.com',
    mailFrom: { name: '', address: 'purser@purser.example.com' },
  })
  expect(config.appKey).toEqual(Buffer.alloc(32, 7))
  expect(config.previousAppKeys).toEqual([Buffer.alloc(32, 8), Buffer.alloc(32, 7)])
})

test.each([
  ['Purser <purser@example.com>', { name: 'Purser', address: 'purser@example.com' }],
  ['"Acme, Inc." <bills@acme.example>', { name: 'Acme, Inc.', address: 'bills@acme.example' }],
  ['Bücher <info@bücher.example>', { name: 'Bücher', address: 'info@xn--bcher-kva.example' }],
  ['<purser@example.com>', { name: '', address: 'purser@example.com' }],
  ['purser@example.com', { name: '', address: 'purser@example.com' }],
  [
    'Purser: Cloud (EU) <purser@mail.example>',
    { name: 'Purser: Cloud (EU)', address: 'purser@mail.example' },
  ],
])('MAIL_FROM=%s', (MAIL_FROM, mailFrom) => {
  expect(readConfig({ APP_KEY: key, MAIL_FROM }).mailFrom).toEqual(mailFrom)
})

describe('a wrong value is a sentence that names the variable', () => {
  test.each([
    { PORT: '80a' },
    { PORT: '65536' },
    { PORT: '-1' },
    { HOST: 'a b' },
    { APP_URL: 'purser.example.com' },
    { APP_URL: 'https://example.com/purser' },
    { DATABASE_URL: 'mysql://db/purser' },
    { DATABASE_URL: 'postgresql://app@db' },
    { APP_KEY: 'short' },
    { DATABASE_CONNECTIONS: '7' },
    { DATABASE_CONNECTIONS: '20', WEB_CONCURRENCY: '4' },
    { DATABASE_CONNECTIONS: '81' },
    { APP_KEY_PREVIOUS: `${olderKey},short` },
    { SMTP_URL: 'mail.example.com' },
    { MAIL_FROM: 'nobody' },
    { WEB_CONCURRENCY: '0' },
    { WEB_CONCURRENCY: '15' },
    { TRUST_PROXY: 'true' },
    { TRUST_PROXY: '10.0.0.0/33' },
    { LOG_LEVEL: 'loud' },
    { NODE_ENV: 'staging' },
  ])('%o', (env) => {
    const [[variable, value]] = Object.entries(env) as [[string, string]]
    const complaint = complaintAbout(env)
    expect(complaint).toMatch(new RegExp(`^${variable} must .+\\.$`))
    expect(complaint).not.toContain('\n')
    if (variable === 'APP_KEY') expect(complaint).not.toContain(value)
  })

  test('one line for each', () => {
    expect(complaintAbout({ PORT: 'x', LOG_LEVEL: 'y' }).split('\n')).toHaveLength(2)
  })

  test('what belongs together is asked for together', () => {
    expect(complaintAbout({ DATABASE_OWNER_URL: 'postgresql://o@db/p' })).toMatch(
      /^DATABASE_URL must also be set/,
    )
    expect(complaintAbout({ NODE_ENV: 'production', APP_KEY: '' })).toMatch(/^APP_KEY is required/)
  })
})

test.each([
  ['2', 2],
  ['0', false],
  ['loopback', ['loopback']],
  ['10.0.0.0/8, fd00::/8, 192.0.2.7', ['10.0.0.0/8', 'fd00::/8', '192.0.2.7']],
])('TRUST_PROXY=%s is %o to Express', (value, expected) => {
  expect(readConfig({ APP_KEY: key, TRUST_PROXY: value }).trustProxy).toEqual(expected)
})

test('without APP_KEY one is made in the data folder, once, for its owner alone', () => {
  const first = readConfig({ DATA_DIR: dataDir }).appKey
  expect(first).toHaveLength(32)
  expect(readConfig({ DATA_DIR: dataDir }).appKey).toEqual(first)
  expect(statSync(path.join(dataDir, 'app-key')).mode & 0o777).toBe(0o600)
})

test('a lost application key is not replaced where there is a database, and another from the environment is taken', () => {
  const other = path.join(dataDir, 'other')
  mkdirSync(path.join(other, 'postgres'), { recursive: true })
  expect(() => readConfig({ DATA_DIR: other })).toThrow(/contains a database, but its key is missing/)
  expect(readdirSync(other)).toEqual(['postgres'])
  expect(readConfig({ DATA_DIR: other, APP_KEY: key }).appKey).toHaveLength(32)
})

test('a damaged application key is not replaced', () => {
  writeFileSync(path.join(dataDir, 'app-key'), 'rubbish')
  expect(() => readConfig({ DATA_DIR: dataDir })).toThrow(/does not contain 32 bytes/)
  expect(readFileSync(path.join(dataDir, 'app-key'), 'utf8')).toBe('rubbish')
})

test('.env.example names every variable and holds good values', () => {
  const example = readFileSync(path.resolve(import.meta.dirname, '../../.env.example'), 'utf8')
  const lines = [...example.matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm)]
  const names = lines.map(([, name]) => name)
  expect(names).toEqual([...new Set(names)])
  expect(
    complaintAbout(Object.fromEntries(lines.map(([, name = '', value]) => [name, value || undefined]))),
  ).toBe('')
  const source = readFileSync(path.resolve(import.meta.dirname, '../../src/config.ts'), 'utf8')
  for (const [, name] of source.matchAll(/^ {4}([A-Z_]+): /gm)) expect(names).toContain(name)
})
