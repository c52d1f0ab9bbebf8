// npm run migrate: brings the database up to date without serving it: migrations, functions, the job queue, built-in roles and rights.
import { repairDatabase } from '../startup/database.ts'
import { tell } from '../startup/words.ts'
import { readCommandLine, UnusableWords } from './command-line.ts'
import { runCommand } from './command.ts'

const USAGE = 'Usage: npm run migrate'

const asked = readCommandLine(USAGE, {}, ({ positionals }) => {
  if (positionals.length > 0) throw new UnusableWords(`Unexpected argument: ${positionals[0]}.`)
  return {}
})

// runCommand() has opened the database as a start does. A start leaves functions as it finds them that were changed outside Purser.
if (asked) {
  await runCommand(
    async (_services, database) => {
      const repaired = await repairDatabase(database)
      if (repaired.length > 0)
        tell(`Functions that had been changed outside Purser were restored: ${repaired.join(', ')}.`)
      tell('The database is up to date.')
    },
    { worksOnDemo: true, worksOnNothing: true },
  )
}
