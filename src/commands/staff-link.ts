// npm run staff:link -- EMAIL: prints a fresh one-time password link for a staff member.
import { makeHostLink } from '../staff/host-link.ts'
import { tell } from '../startup/words.ts'
import { UnusableWords, readCommandLine } from './command-line.ts'
import { runCommand, tellLink } from './command.ts'

const USAGE = 'Use: npm run staff:link -- name@example.com'

const email = readCommandLine(USAGE, {}, ({ positionals: [one, ...others] }) => {
  if (!one || others.length > 0) throw new UnusableWords('Say whose link to make.')
  return one
})

if (email) {
  await runCommand(async (services) => {
    const { address, expiresAt } = await makeHostLink(services, email)
    tell(
      `Whoever opens this link sets the password of ${email}. It works once, until ${expiresAt.toISOString()}:`,
    )
    tellLink(services, address)
  })
}
