/**
 * What the process says to whoever started it, in plain lines. Logs go elsewhere (stderr, JSON): these lines are for people, and
 * for scripts that wait for the address.
 */
export function tell(sentence: string): void {
  console.log(sentence)
}

/** Something is wrong or wants attention, said on stderr. */
export function complain(sentence: string): void {
  console.error(sentence)
}

/** What went wrong, in its own sentence; a bug of ours (TypeError and the like) has none and shows where it happened. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isBug = error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
  return isBug ? (error.stack ?? error.message) : error.message
}
