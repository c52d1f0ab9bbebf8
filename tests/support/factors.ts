import { generateSync } from 'otplib'
import { type House, PASSWORD } from './cast.ts'
import type { EmptyPurser } from './purser.ts'
import type { Answer, Visitor } from './visit.ts'

/** A step of a code, in seconds. */
const STEP = 30

/** The code that an authenticator app with this secret shows so many steps from now. */
export const codeOf = (secret: string, steps = 0): string =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + steps * STEP })

/** The secret on the page that sets up an authenticator app. */
export const secretOn = ({ html }: Answer): string =>
  html.querySelector('#app-secret')?.textContent.replaceAll(/\s/g, '') ?? ''

/** The recovery codes that a page shows. */
export const codesOn = ({ html }: Answer): string[] =>
  html.querySelector('#recovery-codes')?.textContent.trim().split('\n') ?? []

/** Waits for the next step where this one is nearly over, so that what a test does next is done within one. */
export async function steadyStep(): Promise<void> {
  const msLeft = STEP * 1000 - (Date.now() % (STEP * 1000))
  if (msLeft < 8_000) await new Promise((resolve) => setTimeout(resolve, msLeft + 100))
}

/** Where a site's login and own factors are. */
export const SITES = {
  staff: { login: '/login', secondStep: '/login/factor', factors: '/account/factors' },
  customer: {
    login: '/console/northwind/login',
    secondStep: '/console/login/factor',
    factors: '/console/security/factors',
  },
} as const
type Site = (typeof SITES)[keyof typeof SITES]

/** Sets up an authenticator app through the pages. Its present code is still good afterwards. */
export async function addApp(
  purser: EmptyPurser,
  browser: Visitor,
  name = 'Phone',
  { factors }: Pick<Site, 'factors'> = SITES.staff,
) {
  const page = await browser.get(`${factors}/new`)
  const secret = secretOn(page)
  const answer = await browser.submit(page, { name, code: codeOf(secret) })
  if (![200, 303].includes(answer.status)) throw new Error(`No app was added: ${answer.status}`)
  await purser.owner.prisma.factor.updateMany({ where: { name }, data: { lastStep: 0n } })
  return { secret, answer, codes: codesOn(answer) }
}

/** Makes the codes good again that were used. */
export async function forgetSteps(
  { owner }: EmptyPurser,
  { kind, id }: { kind: keyof typeof SITES; id: string },
) {
  const where = kind === 'staff' ? { staffId: id } : { customerId: id }
  await owner.prisma.factor.updateMany({ where, data: { lastStep: 0n } })
}

/** Sends the first step of a login, and follows to the second. */
export async function askedForCode(
  browser: Visitor,
  { email }: { email: string },
  password = PASSWORD,
  { login, secondStep }: { login: string; secondStep: string } = SITES.staff,
): Promise<Answer> {
  const answer = await browser.submit(await browser.get(login), { email, password })
  if (answer.location !== secondStep) throw new Error(`No code was asked for: ${answer.status}`)
  return browser.follow(answer)
}

/** Logs in by password and code; the answer to the second step. */
export async function logInByCode(
  browser: Visitor,
  person: { email: string },
  code: string,
  site: { login: string; secondStep: string } = SITES.staff,
): Promise<Answer> {
  return browser.submit(await askedForCode(browser, person, PASSWORD, site), { code })
}

/** Sets the date from which second factors are required in a house, so many minutes from now; null: from none. */
export async function requireFactors({ owner, reseller: { id } }: House, minutes: number | null) {
  await owner.pool.query(
    'update resellers set factors_required_at = now() + make_interval(mins => $2::int) where id = $1',
    [id, minutes],
  )
}

/** Whether an answer leads to where a second factor is set up, or says of a form that it was not acted upon for want of one. */
export const isShutOut = ({ status, location, html }: Answer) =>
  status === 303
    ? location === '/account/factors'
    : status === 403 && html.querySelector('h1')?.textContent === 'Add a second factor first'
