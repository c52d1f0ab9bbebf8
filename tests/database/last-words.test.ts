import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sizeOfLog, whyItEnded, wordsSince } from '../../src/database/last-words.ts'

const AT = '2026-11-28 11:00:00.000 UTC'

/** Lines as the embedded server's log_line_prefix has them: of its own processes, and of sessions. */
const own = (text: string) => `${AT} [812] ${text}\n`
const session = (text: string, name = 'purser@purser') => `${AT} [900] ${name}  ${text}\n`

const READY = own('LOG:  database system is ready to accept connections')
const NO_ROOM = 'could not write to file "pg_wal/xlogtemp.812": No space left on device'

test.each([
  ['a client that came while it was starting', session('FATAL:  the database system is starting up')],
  ['one in recovery', session('FATAL:  the database system is in recovery mode')],
  ['one too many', session('FATAL:  sorry, too many clients already')],
  ['a wrong password', session('FATAL:  password authentication failed for user "purser"')],
  [
    'one who had not said who it is',
    session('FATAL:  the database system is shutting down', '[unknown]@[unknown]'),
  ],
  [
    'a helper that was told to end',
    own('FATAL:  terminating autovacuum process due to administrator command'),
  ],
])('not why a server ended: %s', (_, line) => {
  expect(whyItEnded(line)).toBeNull()
  expect(whyItEnded(line + own(`PANIC:  ${NO_ROOM}`) + line)).toBe(NO_ROOM)
  expect(whyItEnded(line + own('FATAL:  could not create any TCP/IP sockets'))).toBe(
    'could not create any TCP/IP sockets',
  )
})

test('the first PANIC, whoever met it, before any FATAL', () => {
  const words =
    own('FATAL:  could not write to log file') +
    session(`PANIC:  ${NO_ROOM}`) +
    own('PANIC:  could not locate a valid checkpoint record')
  expect(whyItEnded(words)).toBe(NO_ROOM)
  // Before the settings are read a line has no prefix.
  expect(whyItEnded('FATAL:  unrecognized configuration parameter "x"\n')).toBe(
    'unrecognized configuration parameter "x"',
  )
})

test('what it recovered from is not why it ended later', () => {
  expect(whyItEnded(session(`PANIC:  ${NO_ROOM}`) + READY)).toBeNull()
  expect(whyItEnded(READY + session(`PANIC:  ${NO_ROOM}`) + own('LOG:  terminating'))).toBe(NO_ROOM)
})

test('what a statement says is not what the server says', () => {
  const words =
    session("STATEMENT:  select 'PANIC:  mine'") + '\tPANIC:  mine\n' + session('ERROR:  FATAL:  mine')
  expect(whyItEnded(words)).toBeNull()
})

test('only what was logged since, and all there is where the log was put aside', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-tests-words-'))
  try {
    const log = path.join(folder, 'postgres.log')
    expect([sizeOfLog(log), wordsSince(log, 0)]).toEqual([0, ''])
    writeFileSync(log, 'before\nafter\n')
    expect(wordsSince(log, 7)).toBe('after\n')
    expect(sizeOfLog(log)).toBe(13)
    writeFileSync(log, 'cut\n')
    expect(wordsSince(log, 13)).toBe('cut\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
