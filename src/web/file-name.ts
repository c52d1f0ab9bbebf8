import { currentTime } from '../database/clock.ts'
import { type FormatSettings, formatsFor } from '../words/format.ts'

/** Far below what file systems take, which is 255 bytes for the whole name. */
const WHOSE_LENGTH_MAX = 120

export interface Saved {
  /** What the file is, in small letters: statement */
  what: string
  /** Whose it is: an e-mail address, or a reseller's short name. */
  whose: string
  /** The days that it is about, '' for an open end; without it the file is of the moment it is made. */
  period?: { from: string; to: string }
  extension: 'csv' | 'pdf'
}

/**
 * The name under which a browser saves a file: what it is, whose, and of when, as in
 * `statement-ada-at-customer.example-2026-11-01-to-2026-11-28.pdf`. Where the period has no last day, today in the reseller's zone is
 * its last. ASCII letters, digits, dots and dashes only, which every file system takes as they are.
 */
export function savedAs(
  { what, whose, period, extension }: Saved,
  settings: FormatSettings,
  now = currentTime(),
): string {
  const today = formatsFor(settings).isoDay(now)
  return `${what}-${plainly(whose)}-${period ? daysOf(period, today) : today}.${extension}`
}

/** A period that begins after today has no end to be named. */
function daysOf({ from, to }: { from: string; to: string }, today: string): string {
  const last = to || today
  if (!from) return `to-${last}`
  return from <= last ? `${from}-to-${last}` : `from-${from}`
}

/** Without what a file's name cannot hold anywhere: separators of folders, Windows' own signs, blanks, control characters. */
function plainly(whose: string): string {
  return whose
    .replaceAll('@', '-at-')
    .replaceAll(/[^a-zA-Z0-9._]+/g, '-')
    .slice(0, WHOSE_LENGTH_MAX)
}
