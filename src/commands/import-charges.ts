// npm run charges:import -- --reseller SLUG FILE: applies a file of charges, each row once however often it is run.
import { createReadStream, statSync } from 'node:fs'
import path from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { countRecords } from '../charges/count.ts'
import { type Tally, importCharges, lookedAt } from '../charges/import.ts'
import { UnusableFile, linesOf } from '../charges/lines.ts'
import { openReport } from '../charges/report.ts'
import { FORMATS, type FileFormat, rowsOf } from '../charges/rows.ts'
import { maybeResellerBySlug } from '../people/reseller.ts'
import type { Services } from '../services.ts'
import { systemActor } from '../people/actor.ts'
import { complain } from '../startup/words.ts'
import { UnusableWords, readCommandLine } from './command-line.ts'
import { inWords, runCommand } from './command.ts'

const USAGE =
  'Usage: npm run charges:import -- --reseller SLUG FILE [--format csv|ndjson] [--report FILE], where FILE may be - for what is piped in.'

/** 0: every row is applied, by this run or an earlier one. 2: nothing was. 130, as usual: ended from outside. */
const EXIT = { rowsRefused: 1, unusable: 2, failed: 3, ended: 130 } as const

/** How often is said how far it is: to a person who watches, and into a log. */
const PROGRESS_MS = process.stderr.isTTY ? 1_000 : 30_000

const AGAIN = 'Run the same command again to continue. Rows that were applied are not applied twice.'

interface Asked {
  slug: string
  /** '-' is stdin. */
  file: string
  format: FileFormat
  /** null: stdout. */
  report: string | null
}

const written = new Intl.NumberFormat('en')

const OPTIONS = {
  reseller: { type: 'string' },
  format: { type: 'string' },
  report: { type: 'string' },
} as const

const asked = readCommandLine(USAGE, OPTIONS, askedFor, { unusableCode: EXIT.unusable })
if (asked) {
  // Whatever is said goes to stderr: the report may be stdout.
  const ways = { onProgress: complain, failureCode: EXIT.failed, notAdmittedCode: EXIT.unusable }
  await runCommand(async (services) => run(services, asked), ways)
}

function askedFor({
  values,
  positionals: [file, ...others],
}: {
  values: Partial<Record<keyof typeof OPTIONS, string>>
  positionals: string[]
}): Asked {
  if (!values.reseller || !file || others.length > 0)
    throw new UnusableWords('Specify the reseller and the file.')
  const ending = path.extname(file).slice(1).toLowerCase()
  const wanted = values.format ?? (ending === 'jsonl' ? 'ndjson' : ending)
  const format = FORMATS.find((one) => one === wanted)
  if (!format) throw new UnusableWords('Specify the format of the file: --format csv or --format ndjson.')
  const report = values.report ?? null
  if (report && isSameFile(report, file))
    throw new UnusableWords('The report would overwrite the file. Choose another name for the report.')
  return { slug: values.reseller, file, format, report }
}

/** Whether two names, of which one may be a link, lead to one file. */
function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((name) => statSync(name, { bigint: true, throwIfNoEntry: false }))
  if (!first || !second) return path.resolve(one) === path.resolve(other)
  return first.dev === second.dev && first.ino === second.ino
}

function refuse(sentence: string) {
  complain(sentence)
  process.exitCode = EXIT.unusable
}

async function run(services: Services, { slug, file, format, report: reportFile }: Asked) {
  const reseller = await maybeResellerBySlug(services.database, slug)
  if (!reseller) return refuse(`There is no reseller with the short name ${slug}.`)
  const signal = endedFromOutside()
  const tally: Tally = { line: 0, applied: 0, already: 0, refused: 0 }
  let progress: NodeJS.Timeout | undefined
  try {
    const size = file === '-' ? 0 : statSync(file).size
    const input = open(file)
    const report = await openReport(reportFile, inWords)
    const began = performance.now()
    progress = setInterval(() => complain(howFar(tally, { input, size, began })), PROGRESS_MS)
    const { chunks, records } = countRecords(addAbortSignal(signal, input), format)
    const rows = rowsOf(linesOf(chunks), format)
    await importCharges(systemActor(services, reseller, 'charges:import'), rows, {
      onRefused: report.write,
      signal,
      tally,
      records,
    })
    await report.close()
  } catch (error) {
    if (error instanceof UnusableFile)
      return refuse(`${file}: ${inWords(error.sentence)} Nothing was applied.`)
    if (isOfFile(error) && lookedAt(tally) === 0) return refuse(`This file cannot be used: ${error.message}.`)
    if (!signal.aborted) {
      complain(`${counted(tally)} The import then failed. ${AGAIN}`)
      throw error
    }
  } finally {
    clearInterval(progress)
  }
  complain(counted(tally))
  if (signal.aborted) {
    complain(`Stopped before the end of the file. ${AGAIN}`)
    process.exitCode = EXIT.ended
  } else if (tally.refused > 0) process.exitCode = EXIT.rowsRefused
}

/** Ctrl-C and kill let what is under way be finished; a second one does not wait for that. */
function endedFromOutside(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

function open(file: string): Readable & { bytesRead?: number } {
  return file === '-' ? process.stdin : createReadStream(file)
}

function isOfFile(error: unknown): error is Error {
  const codes = /^(ENOENT|EACCES|EISDIR|EPERM|ENOTDIR|ELOOP|ENAMETOOLONG|EROFS|ENOSPC|EIO)$/
  return error instanceof Error && 'code' in error && codes.test(String(error.code))
}

function counted({ applied, already, refused }: Tally): string {
  const [now, before, not] = [applied, already, refused].map((count) => written.format(count))
  return `${now} applied, ${before} already applied, ${not} refused.`
}

function howFar(
  tally: Tally,
  { input, size, began }: { input: { bytesRead?: number }; size: number; began: number },
) {
  const pace = written.format(Math.round((lookedAt(tally) * 1_000) / (performance.now() - began)))
  const share = size > 0 ? `, ${Math.floor(((input.bytesRead ?? 0) * 100) / size)} % of the file` : ''
  return `Line ${written.format(tally.line)}${share}: ${counted(tally)} ${pace} rows a second.`
}
