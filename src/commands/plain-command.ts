import path from 'node:path'
import { parseArgs } from 'node:util'
import { complain, sentenceOf, tell } from '../startup/words.ts'

/** As usual for what was ended from outside. */
const EXIT_ENDED = 130

/**
 * Runs a command of the host that works on files and needs neither the application's key nor a database that is up to date. Ctrl-C, kill and a
 * closed terminal abort the signal, so that `work` can put things in order: then the exit code is 130. Whatever it refuses is one sentence on
 * stderr and the exit code 1; words that cannot be used are answered with `usage` as well.
 */
export async function runPlainCommand(
  usage: string,
  work: (words: Words, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const signal = endedFromOutside()
  // Who read along (a pipe into head) may go; the work goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    const words = readWords()
    if (words === 'help') tell(usage)
    else await work(words, signal)
  } catch (error) {
    if (signal.aborted) {
      complain('Interrupted before it was finished.')
      process.exitCode = EXIT_ENDED
      return
    }
    complain(isOfWords(error) ? `${error.message}\n${usage}` : inWords(error))
    process.exitCode = 1
  }
}

/** What the command line says. Both are absolute; npm calls a command in Purser's folder. */
interface Words {
  file: string
  /** Where key and passwords are, apart from the rest. */
  secretsFile: string | null
}

/** The words of the command line cannot be used. */
class Unusable extends Error {
  override name = 'Unusable'
}

function readWords(): Words | 'help' {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { secrets: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return 'help'
  const [file, ...others] = positionals
  if (!file || others.length > 0) throw new Unusable('Specify the file.')
  // A variable of a script's that is empty: the secrets would go where they were not to be.
  if (values.secrets === '') throw new Unusable('Specify the file that contains the secrets after --secrets.')
  const words = {
    file: path.resolve(file),
    secretsFile: values.secrets ? path.resolve(values.secrets) : null,
  }
  if (words.file === words.secretsFile) throw new Unusable('The secrets need a separate file.')
  return words
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
      return `There is not enough disk space (${code}). Nothing was kept.`
    case 'ENOENT':
      return `The file ${file ?? ''} does not exist.`
    case 'ENAMETOOLONG':
      return `The name ${file ?? ''} is too long for this disk. Choose a shorter one.`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${file ?? 'A file'} cannot be read or written by this user (${code}).`
    default:
      return sentenceOf(error)
  }
}
