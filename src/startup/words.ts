/**
 * What the process says to the person who started it, in plain lines. Logs go elsewhere (stderr, JSON): these lines are for people, and
 * for scripts that wait for the address.
 */
export function tell(sentence: string): void {
  console.log(sentence)
}

/** Something is wrong or wants attention, said on stderr. */
export function complain(sentence: string): void {
  console.error(sentence)
}

/**
 * What went wrong, in its own sentence; a full disk in one for all places that meet it. A bug of ours (TypeError and the like) has none and shows
 * where it happened.
 */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const full = fullDiskIn(error)
  if (full) return `The disk is full, so ${full.file} cannot be written. Free some space, then try again.`
  const isBug = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
  return isBug ? (error.stack ?? error.message) : error.message
}

/** The failure of a write for which the disk, or this user's part of it, had no room, also where another error was made of it. */
function fullDiskIn(error: unknown): { file: string } | null {
  if (!(error instanceof Error)) return null
  const { code, path } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return { file: path ?? 'a file' }
  return fullDiskIn(error.cause)
}
