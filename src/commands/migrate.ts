// npm run migrate: brings the database up to date without serving it: migrations, functions, the job queue, built-in roles and rights.
import { tell } from '../startup/words.ts'
import { readCommandLine, UnusableWords } from './command-line.ts'
import { runCommand } from './command.ts'

const USAGE = 'Usage: npm run migrate'

const asked = readCommandLine(USAGE, {}, ({ positionals }) => {
  if (positionals.length > 0) throw new UnusableWords(`Unexpected argument: ${positionals[0]}.`)
  return {}
})

// runCommand() has opened the database as a start does, which is all of it.
if (asked) await runCommand(async () => tell('The database is up to date.'), { worksOnDemo: true })
