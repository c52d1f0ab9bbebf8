/** What the command line says: the environment decides all the rest. */
export interface Options {
  /** Load the demo and serve it. */
  demo: boolean
  /** Take the application's key as it is, also where the database was last started with another one. */
  newKey: boolean
  /** Started by npm, which may be killed without a word to us: end when it is gone. */
  withNpm: boolean
}

const FLAGS = { '--demo': 'demo', '--new-key': 'newKey', '--with-npm': 'withNpm' } as const
const LISTED = new Intl.ListFormat('en')

/** Reads the flags. Throws a sentence for one that does not exist, since a misspelt one would otherwise do something else. */
export function readOptions(words: readonly string[]): Options {
  const options = { demo: false, newKey: false, withNpm: false }
  for (const word of words) {
    const name = FLAGS[word as keyof typeof FLAGS]
    if (!name) throw new Error(`There is no option ${word}: there are ${LISTED.format(Object.keys(FLAGS))}.`)
    options[name] = true
  }
  return options
}
