/** Something that must be true of all that is kept, and the statement that finds where it is not. */
export interface Rule {
  /** What holds, in words for a report. */
  holds: string
  /** What is wrong where it does not. */
  what: string
  /** Gives a row with `place` for each place where it is broken. $1: the reseller, of whom alone it asks. */
  text: string
}
