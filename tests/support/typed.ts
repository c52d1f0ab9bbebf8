import type { HTMLElement } from 'node-html-parser'
import { v7 as uuidv7 } from 'uuid'
import type { Prisma } from '../../src/generated/prisma/client.ts'
import { DESCRIBED } from '../../src/ledger/kinds.ts'
import { refill } from './postings.ts'
import { PASSWORD, type House } from './cast.ts'
import type { RunningPurser } from './purser.ts'
import { Authenticator } from './authenticator.ts'
import { codeOf, secretOn } from './factors.ts'
import { fillIn, idsFor, makeFactor, makeSession, makeTag } from './scene.ts'
import { type Answer, type Visitor, filledIn } from './visit.ts'

/** What somebody types into the form of an action so that it is done. */
export interface Typed {
  /** Where the form is, if a GET of the action's own address does not lead there; about the same thing. */
  formAt?: string
  /** Typed over what the form has filled in. */
  fields?: Record<string, string> | ((house: House) => Promise<Record<string, string>>)
  /** Typed over that where the action asks for a proof by what is typed. */
  atProof?: Record<string, string>
  /** The same, of what the page with the form shows. */
  read?: (page: Answer, browser: Visitor) => Record<string, string>
  /** What is typed at the last moment, such as a code that is soon over, after what was filled in before. */
  atLast?: (fields: Record<string, string>) => Record<string, string>
  /** What leads from there to the form. */
  open?: (browser: Visitor, page: Answer) => Promise<Answer>
  /** Whether its subject is gone afterwards, or the session that it came by, so that the second press finds nothing. */
  ends?: true
  /** Whether pressing twice does it twice, and why that is right. */
  repeats?: string
  /** Whether the second answer says the same as the first, and why that is right. */
  sameWords?: string
  /** Whether it answers with a page, which shows something once. */
  shows?: true
  /** Of what it leaves, the events that name somebody else as who did it, and why that is right. */
  inTheirName?: { events: readonly string[]; why: string }
  /** What is done to its subject before. For what is people's own, `ids` are that person's alone. */
  before?: (house: House, ids: readonly string[], purser: RunningPurser) => Promise<unknown>
  /** For what is people's own: what of this person's the address names. */
  of?: (house: House, person: string) => Promise<string>
}

let counted = 0
const newEmail = () => `typed-${(counted += 1)}@typed.example`

const changed =
  (data: Prisma.CustomerUpdateInput) =>
  ({ system, reseller }: House, [id = '']: readonly string[]) =>
    system.database.prisma.customer.update({
      where: { resellerId_id: { resellerId: reseller.id, id } },
      data,
    })

const withBalance = ({ system }: House, [id = '']: readonly string[]) =>
  refill(system, { id }, { ...FUNDS, idempotencyKey: uuidv7() })

const FUNDS = {
  amount: 10_000n,
  reason: 'courtesy',
  comment: '',
  note: '',
  reference: '',
  confirmDuplicate: false,
} as const

const staffOff = ({ system }: House, [id = '']: readonly string[]) =>
  system.database.prisma.staff.updateMany({ where: { id }, data: { state: 'OFF' } })

const sentBefore = (_house: House, [id = '']: readonly string[], { owner }: RunningPurser) =>
  owner.prisma.mail.updateMany({ where: { id }, data: { createdAt: new Date(0) } })

const anotherBrowser = (house: House, [person = '']: readonly string[]) => makeSession(house, { id: person })
const newPassword = { current: PASSWORD, password: 'zebra lamp river moon' }

/** By the address that the form is sent to. A form that can be sent as its page fills it in needs no line here. */
export const TYPED: Readonly<Record<string, Typed>> = {
  '/customers': {
    formAt: '/customers/new',
    fields: async () => ({ email: newEmail(), name: 'Typed' }),
    atProof: { credits: '5.00' },
  },
  '/customers/:id': {
    formAt: '/customers/:id/edit',
    fields: { name: 'Another Name' },
    atProof: { email: 'another@customers.example' },
  },
  '/customers/:id/reinstatement': { before: changed({ state: 'OFF', stateReason: 'Set up so' }) },
  '/customers/:id/team': { fields: { teamName: 'Another Team' } },
  '/customers/:id/tags': { fields: { tags: 'Typed' } },
  '/customers/:id/refills': { fields: { amount: '5.00', reason: 'courtesy' } },
  '/customers/:id/deductions': {
    before: withBalance,
    fields: { amount: '5.00', reason: 'courtesy', comment: 'typed' },
  },
  '/customers/:id/credits': { fields: { credits: '7.00', reason: 'courtesy', comment: 'typed' } },
  ...Object.fromEntries(
    DESCRIBED.map(({ at }) => [
      `/customers/:id/${at}`,
      { before: withBalance, fields: { amount: '1.00', description: 'Traffic' } },
    ]),
  ),
  '/customers/:id/overdraft': { fields: { overdraft: '10.00', reason: 'typed' } },
  '/customers/:id/alerts': { fields: { threshold: '3.00' } },
  '/customers/:id/postings/:postingId/reversal': { fields: { reason: 'courtesy', comment: 'typed' } },
  '/customers/:id/billing/profile': { fields: { kind: 'individual', city: 'Hamburg', postalCode: '20095' } },
  '/customers/:id/verification': { before: changed({ emailVerifiedAt: null }) },
  '/customers/:id/password-link': { atLast: () => ({ delivery: 'mailed' }) },
  '/customers/:id/password-reset/candidate': {
    shows: true,
    repeats: 'Each is shown once, and only the last can be put in force.',
  },
  '/customers/:id/password-reset': {
    async open(browser, page) {
      return browser.submit(page, {}, { action: '/candidate' })
    },
  },
  '/customers/:id/login-as': {
    fields: { mode: 'readonly', reason: 'typed' },
    atProof: { mode: 'admin' },
    repeats: 'Each is a session.',
  },
  '/login-as/:id/end': {
    inTheirName: { events: ['login_as.ended'], why: 'It is the end of what they began.' },
  },
  '/invites': { fields: async () => ({ email: newEmail() }), atProof: { credits: '5.00' } },
  '/tags/:id': { fields: { name: 'Renamed' }, sameWords: 'It is called so, and nobody loses anything.' },
  '/tags/:id/merger': {
    before: (house) => makeTag(house),
    fields: async (house) => ({ into: await makeTag(house) }),
    ends: true,
  },
  '/tags/:id/removal': { ends: true },
  '/staff': { fields: async () => ({ email: newEmail(), name: 'Typed', role: 'support' }) },
  '/staff/limits': { fields: { financeEntryMax: '77.00' } },
  '/staff/:id/role': { fields: { role: 'finance' } },
  '/approvals/:id/approval': {
    inTheirName: { events: ['balance.refilled'], why: 'It is the posting of whoever entered it.' },
  },
  '/mails/:id/resend': { before: sentBefore },
  '/staff/:id/reinstatement': { before: staffOff },
  '/staff/:id/link': { repeats: 'Only the last one can be used.' },
  '/settings': { fields: { name: 'Another Name' } },
  '/settings/factors': { fields: { support: 'on' } },
  '/settings/test-mail': { repeats: 'Each is a mail.' },
  '/account/proof': { fields: { password: PASSWORD }, repeats: 'Each is a proof of its own.' },
  '/account/password': { fields: newPassword, ends: true },
  ...ownFactors('/account/factors'),
  ...ownFactors('/console/security/factors'),
  '/customers/:id/factor-reset': { before: (house, [id = '']) => makeFactor(house, { id }) },
  '/settings/customer-factors': { fields: { customerFactors: 'required' } },
  '/staff/:id/factor-reset': { before: (house, [id = '']) => makeFactor(house, { id }) },
  '/account/sessions': { before: anotherBrowser },
  '/account/sessions/:id/end': { of: (house, id) => makeSession(house, { id }) },
  '/verify/:token': { sameWords: 'The page that it leads to says that the address is verified.' },
  '/join/:token': { fields: { password: newPassword.password }, ends: true },
  '/console/verification': { before: changed({ emailVerifiedAt: null }) },
  '/console/profile': { fields: { name: 'Another Name' } },
  '/console/profile/email': { fields: async () => ({ email: newEmail(), password: PASSWORD }) },
  '/console/billing-profile': { fields: { kind: 'individual', city: 'Hamburg', postalCode: '20095' } },
  '/console/password': { fields: newPassword, ends: true },
  '/console/security/reset-link': {
    before: changed({ resetAt: new Date(0), resetBy: 'Staff', resetProofEmail: 'proof@typed.example' }),
    repeats: 'Only the last one can be used.',
  },
  '/console/security/proof': { fields: { password: PASSWORD }, repeats: 'Each is a proof of its own.' },
  '/console/security/sessions/end': { before: anotherBrowser },
  '/console/security/sessions/:id/end': { of: (house, id) => makeSession(house, { id }) },
}

/** The forms of a person's own second factors, at and below this address. */
function ownFactors(base: string): Record<string, Typed> {
  return {
    [base]: {
      formAt: `${base}/new`,
      read: (page) => ({ code: secretOn(page) }),
      atLast: ({ code = '' }) => ({ code: codeOf(code) }),
      shows: true,
    },
    [`${base}/passkeys`]: {
      formAt: `${base}/passkeys/new`,
      read: (page, { url }) => ({ ...new Authenticator(url).create(page) }),
      shows: true,
    },
    [`${base}/recovery-codes`]: {
      formAt: base,
      before: (house, [person = '']) => makeFactor(house, { id: person }),
      shows: true,
    },
    [`${base}/:id/name`]: { of: (house, id) => makeFactor(house, { id }), fields: { name: 'Another Name' } },
    [`${base}/:id/removal`]: { of: (house, id) => makeFactor(house, { id }), ends: true },
  }
}

/** The form of an action, as a person has filled it in. */
export interface Filled {
  address: string
  fields: Record<string, string>
}

/**
 * The form that is sent to `at`, for a new subject of this house; or for what is this person's own, whose id `person` is. A GET of the
 * address itself leads to it, unless it stands elsewhere.
 */
export async function filledForm(
  purser: RunningPurser,
  house: House,
  browser: Visitor,
  at: string,
  person?: string,
): Promise<Filled> {
  const { formAt, fields = {}, read, before, open, of } = TYPED[at] ?? {}
  const ids = of && person ? [await of(house, person)] : await idsFor(purser, house, at)
  await before?.(house, person ? [person] : ids, purser)
  const address = fillIn(at, ids)
  let page = await browser.get(formAt ? fillIn(formAt, ids) : address)
  while (page.status === 303) page = await browser.follow(page)
  if (open) page = await open(browser, page)
  const form = formTo(page, address)
  if (page.status !== 200 || !form)
    throw new Error(`The page of ${at} (${page.status}) has no form that is sent there.`)
  const typed = typeof fields === 'function' ? await fields(house) : fields
  return { address, fields: { ...filledIn(form), ...wordsIn(form), ...typed, ...read?.(page, browser) } }
}

/** The form of a page that is sent to this address. */
export const formTo = ({ html }: Answer, address: string) =>
  html.querySelector(`form[method="post"][action="${address}"]`)

/** A word in every text that has to be filled in and is empty: a reason, a comment. */
function wordsIn(form: HTMLElement): Record<string, string> {
  const empty = form
    .querySelectorAll('input[required]:not([type]), input[type="text"][required], textarea[required]')
    .filter((field) => !(field.getAttribute('value') ?? field.textContent.trim()))
  return Object.fromEntries(empty.map((field) => [field.getAttribute('name') ?? '', 'typed']))
}
