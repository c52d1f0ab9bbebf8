/** One measured run: how many a second, and how long each took, in milliseconds. */
export interface Measured {
  rate: number
  median: number
  p99: number
}

/** What came of a run, from how long each took, in milliseconds, and how long all did, in seconds. */
export function measured(took: readonly number[], seconds: number): Measured {
  const inOrder = took.toSorted((a, b) => a - b)
  const at = (part: number) =>
    inOrder[Math.min(inOrder.length - 1, Math.floor(inOrder.length * part))] ?? Number.NaN
  return { rate: took.length / seconds, median: at(0.5), p99: at(0.99) }
}

/** The one in the middle, of rounds. */
export const middle = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
