// npm run staff:link -- EMAIL: prints a fresh one-time password link for a staff member.
import { makeHostLink } from '../staff/host-link.ts'
import { tell } from '../startup/words.ts'
import { UnusableWords, readCommandLine } from './command-line.ts'
import { runCommand, tellLink } from './command.ts'

const USAGE = 'Usage: npm run staff:link -- name@example.com'

const email = readCommandLine(USAGE, {}, ({ positionals: [one, ...others] }) => {
  if (!one || others.length > 0) throw new UnusableWords('Specify the e-mail address of the staff member.')
  return one
})

if (email) {
  await runCommand(async (services) => {
    const { address, expiresAt } = await makeHostLink(services, email)
    tell(
      `Anyone who opens this link can set the password of ${email}. It can be used once, until ${expiresAt.toISOString()}:`,
    )
    tellLink(services, address)
  })
}
