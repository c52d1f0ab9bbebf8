import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs'

/** The server ended, or did not start. The message is a sentence for people; `why` is what made it so, as far as is known. */
export class ServerFailure extends Error {
  override name = 'ServerFailure'
  readonly why: string | null

  constructor(message: string, why: string | null) {
    super(message)
    this.why = why
  }
}

/** The severities and additions that a line of the log may begin with behind its prefix (PostgreSQL's elog.c). */
const LINE =
  /^(?!\t)(?<prefix>.*?)\b(?<kind>DEBUG|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|LOCATION|BACKTRACE|STATEMENT): +(?<text>.*)$/

/** `log_line_prefix` has user@database in the lines of sessions alone. */
const OF_A_SESSION = /\] \S+@\S+ /

/** A helper of the server that was told to end, not one that failed. */
const TOLD_TO_END = /^terminating /

/**
 * Why a server ended, from what it logged since it was started: its first PANIC since it last took connections (those before, it recovered from),
 * else its first FATAL. A FATAL of a session is not one: it says that a client was turned away. Null where there is none.
 */
export function whyItEnded(words: string): string | null {
  const lines = words
    .split('\n')
    .map((line) => LINE.exec(line)?.groups)
    .filter((line) => line !== undefined)
  const readyAt = lines.findLastIndex(({ text }) => text === 'database system is ready to accept connections')
  const last = lines.slice(readyAt + 1)
  const panic = last.find(({ kind }) => kind === 'PANIC')
  const fatal = last.find(
    ({ kind, prefix = '', text = '' }) =>
      kind === 'FATAL' && !OF_A_SESSION.test(prefix) && !TOLD_TO_END.test(text),
  )
  return (panic ?? fatal)?.text ?? null
}

/** Where the log ends now, in bytes. */
export const sizeOfLog = (logFile: string) => (existsSync(logFile) ? statSync(logFile).size : 0)

/** What was logged since it ended there; all that is there where it has been cut since. */
export function wordsSince(logFile: string, bytes: number): string {
  if (!existsSync(logFile)) return ''
  const log = readFileSync(logFile)
  return log.subarray(log.length < bytes ? 0 : bytes).toString()
}

/** Too little for the next piece of the write-ahead log, in bytes (16 MB is what initdb makes them). */
const ROOM_MIN = 16 * 1024 * 1024

/** Whether the disk that a folder is on is full, as far as a database is concerned: then it may not even have been able to log so. */
export function isDiskFull(folder: string): boolean {
  if (!existsSync(folder)) return false
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize < ROOM_MIN
}
