import { type ParseArgsConfig, parseArgs } from 'node:util'
import { complain, tell } from '../startup/words.ts'

/** The words of the command line cannot be used; the message says why. */
export class UnusableWords extends Error {
  override name = 'UnusableWords'
}

/**
 * Reads the words after a command's name, before anything is touched. `--help` is answered with `usage`, and words that cannot be used
 * with the reason, `usage` and the exit code: null then, and there is nothing to do.
 */
export function readCommandLine<const Options extends NonNullable<ParseArgsConfig['options']>, Read>(
  usage: string,
  options: Options,
  read: (words: { values: ValuesOf<Options>; positionals: string[] }) => Read,
  { unusableCode = 1 } = {},
): Read | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
    })
    if ('help' in values && values.help) {
      tell(usage)
      return null
    }
    return read({ values: values as ValuesOf<Options>, positionals })
  } catch (error) {
    if (!(error instanceof Error) || !isOfWords(error)) throw error
    complain(`${error.message}\n${usage}`)
    process.exitCode = unusableCode
    return null
  }
}

/** What parseArgs() gives for options that take one text each. */
type ValuesOf<Options> = Partial<Record<keyof Options, string>>

function isOfWords(error: Error): boolean {
  return (
    error instanceof UnusableWords || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  )
}
