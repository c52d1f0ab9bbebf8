// npm run staff:link -- EMAIL: prints a fresh one-time password link for a staff member.
import { makeHostLink } from '../staff/host-link.ts'
import { tell } from '../startup/words.ts'
import { runCommand } from './command.ts'

const [email, ...rest] = process.argv.slice(2)

await runCommand(async (services) => {
  if (!email || rest.length > 0)
    throw new Error('Say whose link to make: npm run staff:link -- name@example.com')
  const { address, expiresAt } = await makeHostLink(services, email)
  tell(
    `Whoever opens this link sets the password of ${email}. It works once, until ${expiresAt.toISOString()}:`,
  )
  tell(address)
})
