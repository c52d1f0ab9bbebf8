import path from 'node:path'
import { complain, sentenceOf } from '../startup/words.ts'

/** As usual for what was ended from outside. */
const EXIT_ENDED = 130

/**
 * Runs a command of the host that works on files and needs neither the application's key nor a database that is up to date. Ctrl-C, kill and a
 * closed terminal abort the signal, so that `work` can put things in order: then the exit code is 130. Whatever it refuses is one sentence on
 * stderr and the exit code 1; words that cannot be used are answered with `usage` as well.
 */
export async function runPlainCommand(
  usage: string,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const signal = endedFromOutside()
  try {
    await work(signal)
  } catch (error) {
    if (signal.aborted) {
      complain('Ended from outside. Nothing was kept.')
      process.exitCode = EXIT_ENDED
      return
    }
    complain(isOfWords(error) ? `${error.message}\n${usage}` : inWords(error))
    process.exitCode = 1
  }
}

/** The words of the command line cannot be used. */
export class Unusable extends Error {
  override name = 'Unusable'
}

/** A file named on the command line, from where the command was called. */
export function fileNamed(words: string): string {
  return path.resolve(words)
}

function endedFromOutside(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort())
  return controller.signal
}

function isOfWords(error: unknown): error is Error {
  if (error instanceof Unusable) return true
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

/** What the system says of files is in its own words. */
function inWords(error: unknown): string {
  const { code, path: file } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return `There is no room left for it (${code}). Nothing was kept.`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${file ?? 'A file'} may not be read or written by this user (${code}).`
    default:
      return sentenceOf(error)
  }
}
