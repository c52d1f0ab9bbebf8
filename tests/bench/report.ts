import type { Driven } from './drive.ts'
import { middle } from './measured.ts'

/** One round of one operation at one server, with what it took of a core for each request, in milliseconds. */
export interface Round extends Driven {
  appMs: number
  databaseMs: number
}

/** All rounds of one operation. */
export interface Line {
  name: string
  rounds: readonly { bare: Round; purser: Round }[]
  /** What one request of the portal has executed; null: it was not counted. */
  statements: number | null
}

const HEAD = [
  'operation',
  'bare/s',
  'Purser/s',
  'share',
  'CPU share',
  'p50 ms',
  'p99 ms',
  'app CPU ms',
  'PostgreSQL CPU ms',
  'bare CPU ms',
  'statements',
  'bytes',
]

const cpuMs = ({ appMs, databaseMs }: Round) => appMs + databaseMs

/**
 * The table, as Markdown. Each figure is the middle of the rounds. The share is that of requests a second, of the same round; the CPU share
 * is that of what a request takes of a core, of the server and PostgreSQL together, which says the same on a machine that does other
 * things too.
 */
export function tableOf(lines: readonly Line[]): string {
  const rows = [HEAD, HEAD.map((_, at) => (at === 0 ? '---' : '--:')), ...lines.map(rowOf)]
  const widths = HEAD.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map(
      (row) =>
        `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`,
    )
    .join('\n')
}

function rowOf({ name, rounds, statements }: Line): string[] {
  const of = (figure: (round: { bare: Round; purser: Round }) => number) => middle(rounds.map(figure))
  return [
    name,
    of(({ bare }) => bare.rate).toFixed(0),
    of(({ purser }) => purser.rate).toFixed(0),
    of(({ bare, purser }) => purser.rate / bare.rate).toFixed(3),
    of(({ bare, purser }) => cpuMs(bare) / cpuMs(purser)).toFixed(3),
    of(({ purser }) => purser.median).toFixed(1),
    of(({ purser }) => purser.p99).toFixed(1),
    of(({ purser }) => purser.appMs).toFixed(2),
    of(({ purser }) => purser.databaseMs).toFixed(2),
    `${of(({ bare }) => bare.appMs).toFixed(2)} + ${of(({ bare }) => bare.databaseMs).toFixed(2)}`,
    String(statements ?? '-'),
    of(({ purser }) => purser.bytes).toFixed(0),
  ]
}
