import type { Request } from 'express'
import { paths } from '../paths.ts'
import { type SiteName, siteOf } from '../web/site.ts'
import { type Sentence, t } from '../words/words.ts'
import {
  customerFactorAdded,
  customerFactorRemoved,
  customerFactorRenamed,
  customerLoggedIn,
  customerLoggedOut,
  customerLoginFailed,
  customerPasswordAccepted,
  customerPasswordChanged,
  customerPasswordLinkRequested,
  customerPasswordSet,
  customerProofFailed,
  customerProved,
  customerRecoveryCodesRenewed,
  customerSessionsEnded,
  staffFactorAdded,
  staffFactorRemoved,
  staffFactorRenamed,
  staffLoggedIn,
  staffLoggedOut,
  staffLoginFailed,
  staffPasswordAccepted,
  staffPasswordChanged,
  staffPasswordLinkRequested,
  staffPasswordSet,
  staffProofFailed,
  staffProved,
  staffRecoveryCodesRenewed,
  staffSessionsEnded,
} from './events.ts'
import type { SessionPerson } from './session-store.ts'

/** Who logs in: staff in the portal, customers in the console. */
export type Kind = SessionPerson['kind']

type Query = Parameters<typeof paths.login>[0]

const staff = {
  kind: 'staff',
  name: 'portal' as SiteName,
  loggedIn: staffLoggedIn,
  loginFailed: staffLoginFailed,
  passwordAccepted: staffPasswordAccepted,
  loggedOut: staffLoggedOut,
  sessionsEnded: staffSessionsEnded,
  passwordChanged: staffPasswordChanged,
  passwordSet: staffPasswordSet,
  linkRequested: staffPasswordLinkRequested,
  proved: staffProved,
  proofFailed: staffProofFailed,
  factorAdded: staffFactorAdded,
  factorRemoved: staffFactorRemoved,
  factorRenamed: staffFactorRenamed,
  recoveryCodesRenewed: staffRecoveryCodesRenewed,
  /** Where a login leads, unless it was on the way to another page. */
  start: paths.customers(),
  /** Where somebody who is logged in already goes on. */
  front: paths.home(),
  /** The login; that of one reseller, where its slug is given and the site has such. */
  login: (_slug?: string, params?: Query) => paths.login(params),
  forgotten: (_slug?: string) => paths.forgottenPassword(),
  /** Where people who are logged in are asked again who they are, see proof-pages.ts. */
  proof: (params?: Query) => paths.proof(params),
  /** The page of their own login: sessions, password. */
  own: paths.account(),
  /** The second step of a login, see bindSecondStep(). */
  secondStep: (params?: Query) => paths.loginFactor(params),
  /** Where a person's own second factors are. */
  factors: {
    list: () => paths.ownFactors(),
    newApp: () => paths.newFactor(),
    passkeys: () => paths.ownPasskeys(),
    newPasskey: () => paths.newPasskey(),
    removal: (factor: { id: string }) => paths.factorRemoval(factor),
    name: (factor: { id: string }) => paths.factorName(factor),
    recoveryCodes: () => paths.ownRecoveryCodes(),
    /** The page that leads there. */
    home: { href: paths.account(), label: t('Your account') },
  },
  /** What is said to whoever would remove the last factor where one is required. */
  lastFactorKept: (_reseller: string): Sentence =>
    t(
      'Your role requires a second factor, and without this one you would have none that works. Add another one first.',
    ),
  logout: paths.logout(),
} as const

export type LoginSite = Omit<typeof staff, 'kind' | 'factors'> & {
  factors: Omit<(typeof staff)['factors'], 'home'> & { home: { href: string; label: Sentence } }
  kind: Kind
}

const customer: LoginSite = {
  kind: 'customer',
  name: 'console',
  loggedIn: customerLoggedIn,
  loginFailed: customerLoginFailed,
  passwordAccepted: customerPasswordAccepted,
  loggedOut: customerLoggedOut,
  sessionsEnded: customerSessionsEnded,
  passwordChanged: customerPasswordChanged,
  passwordSet: customerPasswordSet,
  linkRequested: customerPasswordLinkRequested,
  proved: customerProved,
  proofFailed: customerProofFailed,
  factorAdded: customerFactorAdded,
  factorRemoved: customerFactorRemoved,
  factorRenamed: customerFactorRenamed,
  recoveryCodesRenewed: customerRecoveryCodesRenewed,
  start: paths.console(),
  front: paths.console(),
  login: (slug, params) => (slug ? paths.consoleLoginOf(slug, params) : paths.consoleLogin(params)),
  forgotten: (slug) => paths.consoleForgottenPassword({ reseller: slug }),
  proof: (params) => paths.consoleProof(params),
  own: paths.consoleSecurity(),
  secondStep: (params) => paths.consoleLoginFactor(params),
  factors: {
    list: () => paths.consoleFactors(),
    newApp: () => paths.consoleNewFactor(),
    passkeys: () => paths.consolePasskeys(),
    newPasskey: () => paths.consoleNewPasskey(),
    removal: (factor) => paths.consoleFactorRemoval(factor),
    name: (factor) => paths.consoleFactorName(factor),
    recoveryCodes: () => paths.consoleRecoveryCodes(),
    home: { href: paths.consoleSecurity(), label: t('Security') },
  },
  lastFactorKept: (reseller) =>
    t(
      '{reseller} requires a second factor, and without this one you would have none that works. Add another one first.',
      { reseller },
    ),
  logout: paths.consoleLogout(),
}

/** What differs between the two sites in logging in and out, and is no page. */
export const LOGIN_SITES: Readonly<Record<Kind, LoginSite>> = { staff, customer }

/** The site that a request is for. */
export const loginSiteOf = (req: Pick<Request, 'baseUrl' | 'path'>): LoginSite =>
  siteOf(req) === 'console' ? LOGIN_SITES.customer : LOGIN_SITES.staff

/** Whom an event of this person is about: a customer's own events are found under the customer. */
export const aboutOf = ({ kind, id }: { kind: string; id: string | null }): { customer?: { id: string } } =>
  kind === 'customer' && id !== null ? { customer: { id } } : {}
