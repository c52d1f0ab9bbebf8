import { runCommand } from '../support/command.ts'
import { Visitor } from '../support/visit.ts'

/** As many pages as are worked on for one person at once, see src/people/limit-pages.ts: with more, the waiting would be measured. */
export const CONNECTIONS_A_PERSON = 2

export const SETUP_TOKEN = 'chosen-by-the-operator'
const PASSWORD = 'zebra lamp river moon'

/** Sets an installation up; gives the browser in which its Owner is logged in. */
export async function setUp(url: string): Promise<Visitor> {
  const browser = new Visitor(url)
  const answer = await browser.submit(await browser.get(`/setup?token=${SETUP_TOKEN}`), {
    reseller: 'Northwind Cloud',
    slug: 'northwind',
    currency: 'USD',
    timeZone: 'Europe/Berlin',
    locale: 'en-GB',
    email: 'owner@northwind.example',
    name: 'Rosa Owen',
    password: PASSWORD,
  })
  if (answer.status !== 303) throw new Error(`Setting up answered ${answer.status}.`)
  // Data that is kept is measured again after the date from which roles require a second factor.
  const roles = await browser.get('/settings/factors')
  const chosen = await browser.submit(
    roles,
    { owner: '', admin: '', finance: '' },
    { action: '/settings/factors' },
  )
  if (chosen.status !== 303) throw new Error(`Choosing roles answered ${chosen.status}.`)
  return browser
}

/** The owner, and as many more as the connections take, each added, given a password on the host and logged in as people are. */
export async function bringPeople(
  owner: Visitor,
  { connections, dataDir }: { connections: number; dataDir: string },
): Promise<Visitor[]> {
  const people = [owner]
  for (const email of emailsFor(connections).slice(1)) {
    const fields = { email, name: email, role: 'owner' }
    await owner.submit(await owner.get('/staff'), fields, { action: '/staff' })
    const { out, err } = await runCommand('staff:link', [email], { DATA_DIR: dataDir })
    const link = out.trim().split('\n').at(-1) ?? ''
    if (!URL.canParse(link)) throw new Error(`No password link for ${email}: ${err}`)
    const browser = new Visitor(owner.url)
    await browser.submit(await browser.get(new URL(link).pathname), { password: PASSWORD })
    people.push(await logIn(browser, email))
  }
  return people
}

/** The addresses of the people whom so many connections take. */
export const emailsFor = (connections: number) =>
  Array.from({ length: Math.ceil(connections / CONNECTIONS_A_PERSON) }, (_, at) =>
    at === 0 ? 'owner@northwind.example' : `owner-${at}@northwind.example`,
  )

/** Logs one of them in. */
export async function logIn(browser: Visitor, email: string): Promise<Visitor> {
  const answer = await browser.submit(await browser.get('/login'), credentialsOf(email))
  if (answer.status !== 303) throw new Error(`Logging in answered ${answer.status}.`)
  return browser
}

/** What they type at the login. */
export const credentialsOf = (email: string) => ({ email, password: PASSWORD })

/** What a browser sends as its cookies. */
export const cookiesOf = ({ cookies }: Visitor) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
