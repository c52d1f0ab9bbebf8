// npm run ledger:verify [-- --reseller SLUG]: proves the ledger from beginning to end; exits with 1 and names the first thing that is broken, also
// where everything holds but one of the database's own guards is missing.
import { parseArgs } from 'node:util'
import { maybeResellerBySlug } from '../resellers/reseller.ts'
import type { Services } from '../services.ts'
import { runCommand } from './command.ts'
import { proveLedger } from './prove-ledger.ts'

const { values } = parseArgs({ options: { reseller: { type: 'string' } } })

await runCommand(
  async (services) => {
    const resellerId = await resellerIdOf(services, values.reseller)
    await proveLedger(services.database, { resellerId })
  },
  { worksOnDemo: true },
)

async function resellerIdOf({ database }: Services, slug: string | undefined): Promise<string | null> {
  if (slug === undefined) return null
  const reseller = await maybeResellerBySlug(database, slug)
  if (!reseller) throw new Error(`There is no reseller with the short name ${slug}.`)
  return reseller.id
}
