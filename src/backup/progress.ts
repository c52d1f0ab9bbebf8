/** Not more often than this, and not more seldom. Milliseconds. */
const PAUSE = { min: 1_000, max: 10_000 }

/** A step is told however soon it comes after the one before, but not within the shortest pause. */
const STEP_PERCENT = 10

/** Tells how far a long piece of work is, in steps that neither flood a log nor leave a person in doubt. */
export function progressOf(tell: (percent: number) => void): (done: number, all: number) => void {
  let told = { at: performance.now(), percent: 0 }
  return (done, all) => {
    // What is expected is an estimate: more may come.
    const percent = all > 0 ? Math.min(99, Math.floor((done * 100) / all)) : 0
    const since = performance.now() - told.at
    if (since < PAUSE.min || (percent < told.percent + STEP_PERCENT && since < PAUSE.max)) return
    told = { at: performance.now(), percent }
    tell(percent)
  }
}
