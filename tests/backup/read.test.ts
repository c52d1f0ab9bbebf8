import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { draftOf } from '../../src/backup/draft.ts'
import { type Header, headerOf } from '../../src/backup/header.ts'
import { headerIn } from '../../src/backup/read.ts'
import { unpackInto } from '../../src/backup/restore.ts'
import { unpackBackup } from '../../src/backup/unpack.ts'
import { keyFingerprintOf } from '../../src/keys.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-backup-file-'))
afterAll(() => rmSync(folder, { recursive: true }))
const place = (name: string) => path.join(folder, name)
const file = place('backup.tar.gz')
const to = place('unpacked')
beforeEach(() => {
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to)
})

const HEADER = headerOf({
  system: '7000000000000000001',
  bytes: 1000,
  migrations: [],
  keyFingerprint: null,
  secrets: 'inside',
  appKey: 'secrets',
})
/** Two files as PostgreSQL has them: one that compresses and one that does not. */
const FILES = {
  PG_VERSION: '18\n',
  'base/1': createHash('shake256', { outputLength: 3000 }).update('1').digest().toString('latin1'),
}
const MANIFEST = JSON.stringify({
  Files: Object.entries(FILES).map(([name, text]) => ({
    Path: name,
    Size: Buffer.byteLength(text),
    Checksum: createHash('sha256').update(text).digest('hex'),
  })),
})

interface Contents {
  header?: Partial<Record<keyof Header, unknown>>
  /** Beside or instead of what belongs there; null leaves an entry out. */
  entries?: Record<string, string | null>
  links?: Record<string, string>
}

/** A small backup, as makeBackup() writes one. */
async function bytesOf({ header = {}, entries = {}, links = {} }: Contents = {}): Promise<Buffer> {
  const tar = pack()
  const all: Record<string, string | null> = {
    'purser-backup.json': JSON.stringify({ ...HEADER, ...header }),
    'database.json': '{}',
    'app-key': 'key',
    ...Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`postgres/${name}`, text])),
    'postgres/backup_manifest': MANIFEST,
    ...entries,
  }
  for (const [name, text] of Object.entries(all)) {
    if (name === 'postgres/PG_VERSION') tar.entry({ name: 'postgres/base', type: 'directory' })
    if (text !== null) tar.entry({ name }, text)
  }
  for (const [name, linkname] of Object.entries(links)) tar.entry({ name, type: 'symlink', linkname })
  tar.finalize()
  return gzipSync(await buffer(tar))
}

/** What an attempt to unpack these bytes says; null where it says nothing. */
async function complaintAbout(bytes: Buffer): Promise<string | null> {
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to)
  writeFileSync(file, bytes)
  try {
    await headerIn(file)
    await unpackBackup(file, { folder: to, signal: new AbortController().signal, onRead: () => {} })
    return null
  } catch (error) {
    return (error as Error).message
  }
}

test('a whole one is unpacked, and gives its secrets', async () => {
  writeFileSync(file, await bytesOf())
  expect(await headerIn(file)).toEqual(HEADER)
  const secrets = await unpackBackup(file, {
    folder: to,
    signal: new AbortController().signal,
    onRead: () => {},
  })
  expect(secrets).toEqual({ 'database.json': '{}', 'app-key': 'key' })
  expect(readFileSync(path.join(to, 'PG_VERSION'), 'utf8')).toBe('18\n')
})

describe('one that is incomplete is never taken for one that is', () => {
  test('cut short, at any byte', async () => {
    const whole = await bytesOf()
    for (let at = 0; at < whole.length; at += 37)
      expect([at, await complaintAbout(whole.subarray(0, at))]).toEqual([
        at,
        `${file} is incomplete: its end is missing.`,
      ])
    expect(await complaintAbout(whole.subarray(0, -1))).toContain('is incomplete')
  })

  test('with one byte changed, anywhere', async () => {
    const whole = await bytesOf()
    // Behind gzip's own head, of whose ten bytes some mean nothing.
    for (let at = 10; at < whole.length; at += 23) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 0x55
      expect([at, await complaintAbout(changed)]).toEqual([
        at,
        expect.stringMatching(
          /is damaged|is incomplete|is not a Purser backup|is not part of a Purser backup/,
        ),
      ])
    }
  })

  test('with a file that is another one, missing, or unlisted altogether', async () => {
    expect(await complaintAbout(await bytesOf({ entries: { 'postgres/PG_VERSION': '17\n' } }))).toBe(
      `${file} is damaged: PG_VERSION is not what PostgreSQL wrote.`,
    )
    expect(await complaintAbout(await bytesOf({ entries: { 'postgres/base/1': null } }))).toContain(
      'base/1 is not',
    )
    expect(await complaintAbout(await bytesOf({ entries: { 'postgres/backup_manifest': null } }))).toContain(
      'is incomplete',
    )
  })
})

describe('something else is told from a backup', () => {
  test.each([
    ['a text', Buffer.from('a text, and long enough for a head')],
    ['a compressed text', gzipSync('a text '.repeat(1000))],
  ])('%s', async (_, bytes) => {
    expect(await complaintAbout(bytes)).toBe(`${file} is not a Purser backup.`)
  })

  test('another archive, a folder, nothing', async () => {
    expect(await complaintAbout(await bytesOf({ entries: { 'purser-backup.json': null } }))).toBe(
      `${file} is not a Purser backup.`,
    )
    await expect(headerIn(folder)).rejects.toThrow(`${folder} is not a file.`)
    await expect(headerIn(place('none'))).rejects.toThrow(`The file ${place('none')} does not exist.`)
  })

  test.each([
    [
      'a newer format',
      { format: 2 },
      'was created by a newer version of Purser. Restore it with that version.',
    ],
    ['newer functions', { functions: 999_999 }, 'its SQL functions have number 999999'],
    [
      'a newer database',
      { migrations: ['20991231000000_later'] },
      'it has the migration 20991231000000_later',
    ],
    [
      'another PostgreSQL',
      { postgres: '17' },
      'contains files of PostgreSQL 17, and this version of Purser includes PostgreSQL 18',
    ],
    ['another machine', { machine: 'darwin-arm64' }, 'was created on darwin-arm64, and this machine is'],
  ])('%s', async (_, header, sentence) => {
    expect(await complaintAbout(await bytesOf({ header }))).toContain(sentence)
    expect(readdirSync(to)).toEqual([])
  })

  test.each([
    ['nothing but its name', JSON.stringify({ format: 1, purser: '0.1.0' })],
    ['no number of its format', JSON.stringify({ ...HEADER, format: 'one' })],
    ['a format from before there was one', JSON.stringify({ ...HEADER, format: 0 })],
    ['more than any has', JSON.stringify({ ...HEADER, more: 'x'.repeat(2_000_000) })],
  ])('a header with %s', async (_, header) => {
    expect(await complaintAbout(await bytesOf({ entries: { 'purser-backup.json': header } }))).toMatch(
      /is(, which is)? not (part of )?a Purser backup\.$/,
    )
  })

  test('a key that nobody could hold in memory, or another header such as that', async () => {
    const many = 'x'.repeat(2_000_000)
    for (const name of ['app-key', 'database.json'])
      expect(await complaintAbout(await bytesOf({ entries: { [name]: many } }))).toBe(
        `${file} contains ${name}, which is not part of a Purser backup.`,
      )
  })

  test('a file that is larger than any of PostgreSQL’s, before a byte of it is written', async () => {
    const tar = pack()
    tar.entry({ name: 'purser-backup.json' }, JSON.stringify(HEADER))
    tar.entry({ name: 'postgres/1', size: 2 * 1024 ** 3 }).write('begins')
    const begun: Buffer[] = []
    // Heading, contents and filling of the first; heading and beginning of the second.
    for await (const chunk of tar) if (begun.push(chunk as Buffer) === 5) break
    const bytes = gzipSync(Buffer.concat(begun))
    expect(await complaintAbout(bytes)).toBe(
      `${file} contains postgres/1, which is not part of a Purser backup.`,
    )
    expect(readdirSync(to)).toEqual([])
  })

  test.each([
    ['standby.signal', 'postgres/standby.signal'],
    ['pg_wal/evil', 'postgres/pg_wal/evil'],
    ['base/2', 'postgres/base/2'],
    ['base/3', 'postgres/./base/3'],
  ])('a file that PostgreSQL never sent: %s', async (name, entry) => {
    expect(await complaintAbout(await bytesOf({ entries: { [entry]: 'x' } }))).toBe(
      `${file} is damaged: ${name} is not what PostgreSQL wrote.`,
    )
  })

  test.each(['', 'rubbish', '[]', '{"Files":[{}]}'])('a list of files that is none: %j', async (list) => {
    expect(await complaintAbout(await bytesOf({ entries: { 'postgres/backup_manifest': list } }))).toBe(
      `${file} is damaged: backup_manifest is not what PostgreSQL wrote.`,
    )
  })

  test.each([
    'postgres/../../evil',
    '/etc/evil',
    'postgres//evil',
    'postgres/.',
    'postgres/',
    '../evil',
    'evil',
  ])('what would be written elsewhere: %s', async (name) => {
    expect(await complaintAbout(await bytesOf({ entries: { [name]: 'x' } }))).toMatch(
      /which is not part of a Purser backup/,
    )
  })

  test('a link', async () => {
    expect(await complaintAbout(await bytesOf({ links: { 'postgres/pg_tblspc/1': '/etc' } }))).toMatch(
      /which is not part of a Purser backup/,
    )
  })
})

describe('the place of a restore', () => {
  const restore = (secretsFile: string | null = null) =>
    unpackInto({ dataDir: to, file, secretsFile, signal: new AbortController().signal, onProgress: () => {} })

  test('is not touched where it has something in it', async () => {
    writeFileSync(file, await bytesOf())
    writeFileSync(path.join(to, 'notes'), 'mine')
    await expect(restore()).rejects.toThrow(/is not empty \(notes\)/)
    expect(readdirSync(to)).toEqual(['notes'])
  })

  test('is empty again where the backup turns out to be damaged', async () => {
    writeFileSync(file, (await bytesOf()).subarray(0, -5))
    await expect(restore()).rejects.toThrow(/is incomplete/)
    expect(readdirSync(to)).toEqual([])
  })

  test('needs the secrets that were written apart, and those of the same database', async () => {
    writeFileSync(file, await bytesOf({ header: { secrets: 'apart' } }))
    await expect(restore()).rejects.toThrow(/Name it with --secrets/)
    const apart = place('secrets.json')
    writeFileSync(apart, 'rubbish')
    await expect(restore(apart)).rejects.toThrow(/does not contain the secrets of a Purser backup/)
    writeFileSync(
      apart,
      JSON.stringify({ kind: 'secrets of a Purser', system: '1', files: { 'database.json': '{}' } }),
    )
    await expect(restore(apart)).rejects.toThrow(/of a different installation/)
    expect(readdirSync(to)).toEqual([])
  })

  test('needs the secrets with the key that counted when the backup was made', async () => {
    const key = Buffer.alloc(32, 1)
    const keyFingerprint = keyFingerprintOf(key)
    writeFileSync(file, await bytesOf({ header: { secrets: 'apart', keyFingerprint } }))
    const apart = place('secrets.json')
    const restoreWith = (appKey: string | undefined) => {
      const files = { 'database.json': '{}', 'app-key': appKey }
      writeFileSync(apart, JSON.stringify({ kind: 'secrets of a Purser', system: HEADER.system, files }))
      return restore(apart)
    }
    for (const another of [undefined, Buffer.alloc(32, 2).toString('base64')])
      await expect(restoreWith(another)).rejects.toThrow(/does not contain the key that this backup needs/)
    expect(readdirSync(to)).toEqual([])
    await restoreWith(key.toString('base64'))
    expect(readFileSync(path.join(to, 'app-key'), 'utf8')).toBe(key.toString('base64'))
  })

  test('needs room', async () => {
    writeFileSync(file, await bytesOf({ header: { bytes: 1e18 } }))
    await expect(restore()).rejects.toThrow(/needs 1000000000000 MB/)
    expect(readdirSync(to)).toEqual([])
  })
})

test('a file that appears meanwhile is not replaced by a draft', () => {
  const draft = draftOf(place('taken'))
  writeFileSync(draft.path, 'new')
  writeFileSync(place('taken'), 'old')
  expect(() => draft.keep()).toThrow(/already exists/)
  draft.drop()
  expect(readdirSync(folder).filter((name) => name.startsWith('taken'))).toEqual(['taken'])
  expect(readFileSync(place('taken'), 'utf8')).toBe('old')
})

test('a link that leads nowhere is not replaced either', () => {
  symlinkSync(place('not/there/yet'), place('led'))
  expect(() => draftOf(place('led'))).toThrow(/already exists/)
})

test('only what a backup to the same file left behind is removed, also by a process with our own number', () => {
  const left = (name: string | number) => place(`daily.partial-${name}`)
  const notOurs = [left('old'), left(''), left('1 copy'), left(process.ppid)]
  const remnants = [left(process.pid), left(2 ** 22 + 1)]
  for (const one of [...notOurs, ...remnants]) writeFileSync(one, 'x')
  mkdirSync(left(2 ** 22 + 2))
  const draft = draftOf(place('daily'))
  writeFileSync(draft.path, 'new', { flag: 'wx' })
  draft.keep()
  expect(readdirSync(folder).filter((name) => name.startsWith('daily'))).toEqual(
    ['daily', ...notOurs.map((one) => path.basename(one)), `daily.partial-${2 ** 22 + 2}`].toSorted(),
  )
})
