/** What the command line says: the environment decides all the rest. */
export interface Options {
  /** Load the demo and serve it. */
  demo: boolean
  /** Take the application's key as it is, also where the database was last started with another one. */
  newKey: boolean
  /** Say what there is to say, and do nothing. */
  help: boolean
  /** Started by npm, which may be killed without a word to us: end when it is gone. */
  withNpm: boolean
}

const FLAGS = { '--demo': 'demo', '--new-key': 'newKey', '--with-npm': 'withNpm' } as const
const LISTED = new Intl.ListFormat('en')

export const USAGE = `Usage: npm start, npm run demo, or npm start -- --new-key
--new-key replaces a lost APP_KEY and lists what stops working. Everything else is set in the environment or in .env. See .env.example.`

/** Reads the flags. Throws a sentence for one that does not exist, since a misspelt one would otherwise do something else. */
export function readOptions(words: readonly string[]): Options {
  const options = { demo: false, newKey: false, help: false, withNpm: false }
  for (const word of words) {
    if (word === '--help' || word === '-h') options.help = true
    else options[nameOf(word)] = true
  }
  return options
}

function nameOf(word: string) {
  const name = FLAGS[word as keyof typeof FLAGS]
  if (!name) throw new Error(`Unknown option ${word}. The options are ${LISTED.format(Object.keys(FLAGS))}.`)
  return name
}
