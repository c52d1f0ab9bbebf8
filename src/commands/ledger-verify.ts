// npm run ledger:verify [-- --reseller SLUG]: proves the ledger from beginning to end; exits with 1 and names the first thing that is broken, also
// where everything holds but one of the database's own guards is missing.
import { maybeResellerBySlug } from '../people/reseller.ts'
import type { Services } from '../services.ts'
import { UnusableWords, readCommandLine } from './command-line.ts'
import { runCommand } from './command.ts'
import { proveLedger } from './prove-ledger.ts'

const USAGE = 'Usage: npm run ledger:verify [-- --reseller SLUG]'

const asked = readCommandLine(USAGE, { reseller: { type: 'string' } }, ({ values, positionals }) => {
  if (positionals.length > 0) throw new UnusableWords(`Unexpected argument: ${positionals[0]}.`)
  return values
})

if (asked) {
  await runCommand(
    async (services) => {
      const resellerId = await resellerIdOf(services, asked.reseller)
      await proveLedger(services.database, { resellerId })
    },
    { worksOnDemo: true },
  )
}

async function resellerIdOf({ database }: Services, slug: string | undefined): Promise<string | null> {
  if (slug === undefined) return null
  const reseller = await maybeResellerBySlug(database, slug)
  if (!reseller) throw new Error(`There is no reseller with the short name ${slug}.`)
  return reseller.id
}
