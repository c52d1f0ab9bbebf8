import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.ts'
import { codeOf, isDatabaseLost } from './database/failures.ts'

/** A failure outside of Purser, such as a mail server that is away: no line of our code mends it, so the log needs no stack. */
export class OutsideFailure extends Error {
  override name = 'OutsideFailure'
}

/** Longer messages, such as those that quote a program, are cut, in characters. */
const MESSAGE_MAX = 300

/** Opens the log: JSON lines. Whatever is logged as `err` is written by errorInLog(). */
export function openLog({ logLevel }: Pick<Config, 'logLevel'>, to: DestinationStream): Logger {
  return pino({ level: logLevel, serializers: { err: errorInLog } }, to)
}

/**
 * An error as the log has it: in one short line where something outside was away, full or too slow, and whole, with its stack, where it
 * may be a bug. (An error of a lost connection carries that connection, with all its settings and buffers.)
 */
function errorInLog(error: Error): unknown {
  if (!(error instanceof OutsideFailure) && !isDatabaseLost(error)) return pino.stdSerializers.err(error)
  return { type: error.name, code: codeOf(error), message: lastLine(error.message) }
}

/** Prisma quotes our code first and says last what happened. */
function lastLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  return (lines.findLast(Boolean) ?? '').slice(0, MESSAGE_MAX)
}
