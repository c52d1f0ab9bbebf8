import { generateSync } from 'otplib'
import { transaction } from '../../src/database/client.ts'
import { ownerOfRow } from '../../src/people/owner.ts'
import {
  type MadeCodes,
  countCodesLeft,
  makeRecoveryCodes,
  replaceRecoveryCodes,
} from '../../src/people/recovery-codes.ts'
import { sessionDigest } from '../../src/people/session-store.ts'
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
  staff: {
    name: 'portal',
    login: '/login',
    secondStep: '/login/factor',
    factors: '/account/factors',
  },
  customer: {
    name: 'console',
    login: '/console/northwind/login',
    secondStep: '/console/login/factor',
    factors: '/console/security/factors',
  },
} as const
type Site = (typeof SITES)[keyof typeof SITES]

let ready: Promise<MadeCodes> | undefined

/**
 * Gives whoever is logged in here ten recovery codes, unless they have some, so that their first factor comes without: making them takes as
 * long as ten logins. They are made once in each worker, so everybody has the same. Returns those that were given.
 */
export async function giveCodes(
  { owner }: EmptyPurser,
  browser: Visitor,
  { name }: Pick<Site, 'name'> = SITES.staff,
): Promise<string[]> {
  ready ??= makeRecoveryCodes()
  const made = await ready
  const id = sessionDigest(browser.sessionId(name))
  const session = await owner.prisma.session.findFirstOrThrow({ where: { id } })
  const whose = ownerOfRow(session.resellerId, session)
  if ((await countCodesLeft(owner.prisma, whose)) > 0) return []
  await transaction({ database: owner }, (db) => replaceRecoveryCodes(db, whose, made))
  return made.codes
}

/**
 * Sets up an authenticator app through the pages, for somebody who is given recovery codes before: see giveCodes(). Its present code is
 * still good afterwards.
 */
export async function addApp(
  purser: EmptyPurser,
  browser: Visitor,
  name = 'Phone',
  site: Pick<Site, 'factors' | 'name'> = SITES.staff,
) {
  const codes = await giveCodes(purser, browser, site)
  return { ...(await addFirstApp(purser, browser, name, site)), codes }
}

/** The same for somebody who may have none: their first app comes with ten, which its answer shows. */
export async function addFirstApp(
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
