import { parse } from 'csv-parse/sync'
import { type Sentence, t } from '../words/words.ts'
import { HELD_MAX, type Line, UnusableFile } from './lines.ts'

/** A row of a file of charges: its fields by their columns, or what is wrong with it as a whole. */
export type Row = { line: number } & ({ fields: Readonly<Record<string, unknown>> } | { problem: Sentence })

type Batches<Item> = AsyncGenerator<Item[], void, undefined>

const NEEDED = ['customer', 'amount', 'description', 'external_reference'] as const
const COLUMNS: readonly string[] = [...NEEDED, 'effective_at']

/** How files of charges can be written. */
export const FORMATS = ['csv', 'ndjson'] as const
export type FileFormat = (typeof FORMATS)[number]

/**
 * The rows of a file, in batches. Whatever is wrong with one row is said of that row, and the others are read. Throws UnusableFile, before
 * there was any row, for an empty file and for one with other columns.
 */
export function rowsOf(lines: Batches<Line>, format: FileFormat): Batches<Row> {
  return format === 'csv' ? csvRows(lines) : jsonRows(lines)
}

/** The first line names the columns, in any order. */
async function* csvRows(lines: Batches<Line>): Batches<Row> {
  let columns: readonly string[] | undefined
  for await (const records of recordsOf(lines)) {
    const rows: Row[] = []
    for (const { number, text, problem } of records) {
      const cells = problem ?? cellsOf(text)
      if (columns)
        rows.push({ line: number, ...(isSentence(cells) ? { problem: cells } : named(columns, cells)) })
      else if (isSentence(cells)) throw new UnusableFile(cells)
      else columns = columnsIn(cells)
    }
    if (rows.length > 0) yield rows
  }
  if (!columns) throw new UnusableFile(EMPTY)
}

/** An object in each line; the first that can be read says which columns there are. */
async function* jsonRows(lines: Batches<Line>): Batches<Row> {
  let isKnown = false
  let isEmpty = true
  for await (const batch of lines) {
    const rows = batch
      .filter((line) => !isBlank(line))
      .map(({ number, text, problem }): Row => {
        const fields = problem ? null : objectIn(text)
        if (!fields) return { line: number, problem: problem ?? t('This line is not a JSON object.') }
        if (!isKnown) columnsIn(Object.keys(fields))
        isKnown = true
        const wrong = unknownAmong(Object.keys(fields)) ?? twiceAmong(namesIn(text))
        if (wrong) return { line: number, problem: wrong }
        return { line: number, fields }
      })
    isEmpty &&= rows.length === 0
    if (rows.length > 0) yield rows
  }
  if (isEmpty) throw new UnusableFile(EMPTY)
}

const EMPTY = t('The file is empty.')

/** Only what nobody takes for a record is left out: a no-break space alone is refused as one. */
const isBlank = ({ text, problem }: Line) => !problem && /^[\t\v\f ]*$/.test(text)

/** The names of the columns, or UnusableFile. */
function columnsIn(found: readonly string[]): readonly string[] {
  const names = found.map((name) => name.trim())
  const missing = NEEDED.filter((name) => !names.includes(name))
  const wrong = [
    missing.length > 0 && t('Missing: {names}.', { names: missing }),
    unknownAmong(names),
    twiceAmong(names),
  ].filter((one) => one !== false && one !== null)
  if (wrong.length === 0) return names
  throw new UnusableFile(
    t('The columns must be {needed} and, optionally, {optional}, separated by commas. {wrong}', {
      needed: NEEDED,
      optional: 'effective_at',
      wrong: wrong.reduce((one, other) => t('{one} {other}', { one, other })),
    }),
  )
}

function unknownAmong(names: readonly string[]): Sentence | null {
  const unknown = names.filter((name) => !COLUMNS.includes(name)).map((name) => `"${name.slice(0, 60)}"`)
  return unknown.length > 0 ? t('Unknown: {names}.', { names: unknown }) : null
}

function twiceAmong(names: readonly string[]): Sentence | null {
  const twice = new Set(names.filter((name, place) => names.indexOf(name) !== place))
  return twice.size > 0 ? t('Duplicate: {names}.', { names: [...twice] }) : null
}

function named(columns: readonly string[], cells: readonly string[]) {
  if (cells.length !== columns.length) {
    return {
      problem: t('This row has {found} fields, but the header has {columns} columns.', {
        found: cells.length,
        columns: columns.length,
      }),
    }
  }
  return { fields: Object.fromEntries(columns.map((column, place) => [column, cells[place]])) }
}

const isSentence = (cells: readonly string[] | Sentence): cells is Sentence => 'text' in cells

function cellsOf(text: string): string[] | Sentence {
  try {
    const [cells, ...others] = parse(text, { relax_column_count: true, record_delimiter: '\n' }) as string[][]
    return cells && others.length === 0 ? cells : STRAY
  } catch {
    return STRAY
  }
}

const STRAY = t(
  'A quotation mark is out of place. Quote the whole field, and double any quotation marks inside it.',
)

/** Every name that an object in JSON gives, in the order it gives them; JSON.parse() keeps the last of several that are the same. */
const namesIn = (object: string) =>
  [...object.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)]
    .filter(([, , colon]) => colon)
    .map(([, name = '']) => JSON.parse(name) as string)

/** A number is taken as it is written, digit by digit, and never as a float; what is not an object is null. */
function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text, asWritten)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...(value as Record<string, unknown>) }
      : null
  } catch {
    return null
  }
}

function asWritten(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : (value ?? undefined)
}

/**
 * Puts the lines of a field in quotes together: they belong to one record by the rules of CSV, whatever they look like, and so are never
 * taken for rows of their own. (Such a record has a line break in it, so it is refused as a whole.) Where the quote is not closed as it
 * should be, only the line that opens it is broken, and the lines after it are rows again. Empty lines are left out.
 */
async function* recordsOf(lines: Batches<Line>): Batches<Line> {
  let held: Line[] = []
  let heldCharacters = 0
  const letGo = () => {
    const [first, ...others] = held
    held = []
    heldCharacters = 0
    return [first ? [{ ...first, text: '', problem: UNCLOSED }] : [], others] as const
  }

  for await (const batch of lines) {
    const records: Line[] = []
    const todo = batch.toReversed()
    for (let line = todo.pop(); line; line = todo.pop()) {
      if (held.length === 0 && isBlank(line)) continue
      const end = endOf(line.text, { isInside: held.length > 0 })
      if (end === 'open') {
        held.push(line)
        heldCharacters += line.text.length
        if (heldCharacters > HELD_MAX) return yield [...records, ...givenUp(held)]
      } else if (held.length === 0) {
        records.push(line)
      } else if (end === 'whole') {
        records.push(joined([...held, line]))
        held = []
        heldCharacters = 0
      } else {
        const [broken, others] = letGo()
        records.push(...broken)
        todo.push(line)
        // One by one: there may be more of them than a call takes arguments.
        for (const other of others.toReversed()) todo.push(other)
      }
    }
    if (records.length > 0) yield records
  }

  if (held.length > 0) {
    const [broken, others] = letGo()
    yield [...broken]
    yield* recordsOf(oneBatch(others))
  }
}

function joined(lines: readonly Line[]): Line {
  const problem = lines.find((line) => line.problem)?.problem
  const text = lines.map((line) => line.text).join('\n')
  return { number: lines[0]?.number ?? 0, text, ...(problem && { problem }) }
}

const UNCLOSED = t('A quotation mark in this row is not closed.')

/** Where a record is too long to be told from the rest of the file, guessing could book what is in somebody's text. */
const givenUp = ([first]: readonly Line[]): Line[] =>
  first
    ? [
        {
          ...first,
          text: '',
          problem: t(
            'A quotation mark in this row is not closed, and nothing after it was read. Correct it and run this again.',
          ),
        },
      ]
    : []

async function* oneBatch(lines: Line[]): Batches<Line> {
  yield lines
}

/** How a line of CSV ends: as a record does, inside of quotes, or it has a quote that closes where none may. */
function endOf(text: string, { isInside }: { isInside: boolean }): 'whole' | 'open' | 'broken' {
  let inside = isInside
  for (let at = 0; at < text.length || inside;) {
    if (!inside) {
      if (text[at] === '"') inside = true
      else at = text.indexOf(',', at)
      if (at < 0) return 'whole'
      at += 1
      continue
    }
    const quote = text.indexOf('"', at)
    if (quote < 0) return 'open'
    at = quote + 2
    if (text[quote + 1] === '"') continue
    if (quote + 1 < text.length && text[quote + 1] !== ',') return 'broken'
    inside = false
  }
  return 'whole'
}
