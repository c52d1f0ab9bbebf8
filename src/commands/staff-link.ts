// npm run staff:link -- EMAIL: prints a fresh one-time password link for a staff member.
import { perform } from '../actions/action.ts'
import { MakeHostLink } from '../staff/host-link.ts'
import { tell } from '../startup/words.ts'
import { UnusableWords, readCommandLine } from './command-line.ts'
import { hostCaller, inUtc, runCommand, tellLink } from './command.ts'

const USAGE = 'Usage: npm run staff:link -- name@example.com'

const email = readCommandLine(USAGE, {}, ({ positionals: [one, ...others] }) => {
  if (!one || others.length > 0) throw new UnusableWords('Specify the e-mail address of the staff member.')
  return one
})

if (email) {
  await runCommand(async (services) => {
    const { form } = await perform(MakeHostLink, hostCaller(services), { email }, {})
    if (!form.ok) throw form.thrown
    const { address, expiresAt } = form.result
    tell(
      `Anyone who opens this link can set the password of ${email}. It can be used once, until ${inUtc(expiresAt)}:`,
    )
    tellLink(services, address)
  })
}
