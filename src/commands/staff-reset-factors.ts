// npm run staff:reset-factors -- EMAIL: takes away all second factors of a staff member who has lost them.
import { perform } from '../actions/action.ts'
import { ResetFactorsOnHost } from '../staff/reset-factors.ts'
import { tell } from '../startup/words.ts'
import { UnusableWords, readCommandLine } from './command-line.ts'
import { hostCaller, runCommand } from './command.ts'

const USAGE = 'Usage: npm run staff:reset-factors -- name@example.com'

const email = readCommandLine(USAGE, {}, ({ positionals: [one, ...others] }) => {
  if (!one || others.length > 0) throw new UnusableWords('Specify the e-mail address of the staff member.')
  return one
})

if (email) {
  await runCommand(async (services) => {
    const { form } = await perform(ResetFactorsOnHost, hostCaller(services), { email }, {})
    if (!form.ok) throw form.thrown
    tell(
      `All second factors and recovery codes of ${email} are removed, and all sessions have ended. ` +
        'The password alone is enough now to log in and set up a new one. They are told by e-mail.',
    )
  })
}
