// npm run reseller:create: makes another reseller with its Owner; asks for what the flags leave out.
import { createInterface } from 'node:readline/promises'
import { perform } from '../actions/action.ts'
import { CreateReseller } from '../resellers/create-another.ts'
import type { Services } from '../services.ts'
import { tell } from '../startup/words.ts'
import type { Form } from '../forms/form.ts'
import { UnusableWords, readCommandLine } from './command-line.ts'
import { hostCaller, inUtc, inWords, runCommand, tellLink } from './command.ts'

/** Each field of the form: its flag, and how it is asked for. */
const FIELDS = {
  reseller: { flag: 'name', question: 'Name of the company' },
  slug: { flag: 'slug', question: 'Short name in addresses, such as northwind-cloud' },
  currency: { flag: 'currency', question: 'Currency, such as EUR' },
  timeZone: { flag: 'time-zone', question: 'Time zone, such as Europe/Berlin' },
  locale: { flag: 'locale', question: 'Language and region, such as en-GB' },
  name: { flag: 'owner-name', question: 'Name of the Owner' },
  email: { flag: 'email', question: 'E-mail address of the Owner' },
} as const
type Field = keyof typeof FIELDS
const FIELD_NAMES = Object.keys(FIELDS) as Field[]

const USAGE = `Usage: npm run reseller:create -- ${FIELD_NAMES.map((field) => `--${FIELDS[field].flag} …`).join(' ')} [--no-factors]
In a terminal, you are prompted for missing options.
With --no-factors, no role requires a second factor.`

type Given = Partial<Record<Field | 'noFactors', string>>

const NO_FACTORS = 'no-factors'
const flags = FIELD_NAMES.map((field) => [FIELDS[field].flag, { type: 'string' }] as const)
const options = Object.fromEntries([...flags, [NO_FACTORS, { type: 'boolean' }] as const])
const asked = readCommandLine(USAGE, options, ({ values, positionals }): Given => {
  if (positionals.length > 0) throw new UnusableWords(`Unexpected argument: ${positionals[0]}.`)
  const given = FIELD_NAMES.map((field) => [field, values[FIELDS[field].flag]] as const)
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(values[NO_FACTORS] !== undefined && { noFactors: 'on' }),
  }
})

if (asked) {
  await runCommand(
    async (services) => {
      const { address, expiresAt } = process.stdin.isTTY
        ? await askUntilDone(services, asked)
        : await createOrComplain(services, asked)
      tell(`Reseller created. Its Owner can set a password here, once, until ${inUtc(expiresAt)}:`)
      tellLink(services, address)
    },
    { worksOnNothing: true },
  )
}

/** Without a terminal nobody can be asked: everything that is missing or wrong is named at once. */
async function createOrComplain(services: Services, given: Given) {
  const { form } = await perform(CreateReseller, hostCaller(services), {}, given)
  if (form.ok) return form.result
  throw new Error(whatIsWrong(form).join('\n'))
}

/** Asks for what is missing, then again for what was wrong. */
async function askUntilDone(services: Services, given: Given) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    for (const answers = { ...given }; ;) {
      for (const field of FIELD_NAMES)
        answers[field] ??= await terminal.question(`${FIELDS[field].question}: `)
      const { form } = await perform(CreateReseller, hostCaller(services), {}, answers)
      if (form.ok) return form.result
      const wrong = FIELD_NAMES.filter((field) => form.errors[field])
      if (wrong.length === 0) throw new Error(whatIsWrong(form).join('\n'))
      for (const line of whatIsWrong(form)) tell(line)
      for (const field of wrong) delete answers[field]
    }
  } finally {
    terminal.close()
  }
}

function whatIsWrong({ errors, refusal }: Form): string[] {
  const lines = FIELD_NAMES.flatMap((field) =>
    errors[field] ? [`--${FIELDS[field].flag}: ${inWords(errors[field])}`] : [],
  )
  return refusal ? [inWords(refusal), ...lines] : lines
}
