import { type FileHandle, open } from 'node:fs/promises'
import { stringify } from 'csv-stringify/sync'
import type { Translate } from '../words/words.ts'
import type { RefusedRow } from './import.ts'

/** The rows that were refused and why, as CSV. */
export interface Report {
  write(rows: readonly RefusedRow[]): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the report: a file, which is overwritten, or stdout. Its headings come with the first call of write(), whatever that brings.
 * A text that a spreadsheet would take for a formula gets an apostrophe before it. Rejects where the file cannot be written.
 */
export async function openReport(file: string | null, inWords: Translate): Promise<Report> {
  const handle = file ? await open(file, 'w') : null
  let isBegun = false
  return {
    async write(rows) {
      const headings = isBegun ? [] : [['line', 'reference', 'sentence']]
      const cells = rows.map(({ line, reference, why }) => [line, reference, inWords(why)])
      isBegun = true
      await append(handle, stringify([...headings, ...cells], { escape_formulas: true }))
    },
    close: async () => handle?.close(),
  }
}

/** Waits until it is written, so that a report of many rows is nothing in memory. */
async function append(handle: FileHandle | null, text: string): Promise<void> {
  if (text === '') return
  if (handle) return handle.appendFile(text)
  await new Promise<void>((resolve, reject) => {
    process.stdout.once('error', reject)
    process.stdout.write(text, (error) => {
      process.stdout.off('error', reject)
      if (error) reject(error)
      else resolve()
    })
  })
}
