/** Every address of the portal and the console, spelled once. Names and forms are a contract: outside programs rely on them. */

interface HasId {
  id: string
}

/** `?a=1&b=2` of what is set, or ''. */
function query(params: Readonly<Record<string, string | number | null | undefined>>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text && `?${text}`
}

type Query = Readonly<Record<string, string | number | null | undefined>>

export const paths = {
  home: () => '/',
  setup: (params: Query = {}) => `/setup${query(params)}`,
  login: (params: Query = {}) => `/login${query(params)}`,
  loginFactor: (params: Query = {}) => `/login/factor${query(params)}`,
  logout: () => '/logout',
  forgottenPassword: () => '/forgotten-password',
  setPassword: (token: string) => `/set-password/${token}`,
  verify: (token: string) => `/verify/${token}`,
  settings: () => '/settings',
  settingsFactors: () => '/settings/factors',
  settingsCustomerFactors: () => '/settings/customer-factors',
  /** Where the date is moved from which second factors are required. */
  factorDate: () => '/settings/factors/date',
  testMail: () => '/settings/test-mail',
  account: () => '/account',
  proof: (params: Query = {}) => `/account/proof${query(params)}`,
  ownPassword: () => '/account/password',
  ownFactors: () => '/account/factors',
  newFactor: () => '/account/factors/new',
  ownPasskeys: () => '/account/factors/passkeys',
  newPasskey: () => '/account/factors/passkeys/new',
  factorRemoval: ({ id }: HasId) => `/account/factors/${id}/removal`,
  factorName: ({ id }: HasId) => `/account/factors/${id}/name`,
  ownRecoveryCodes: () => '/account/factors/recovery-codes',
  ownSessions: () => '/account/sessions',
  ownSession: ({ id }: HasId) => `/account/sessions/${id}/end`,

  customers: (params: Query = {}) => `/customers${query(params)}`,
  customersExport: (params: Query = {}) => `/customers/export.csv${query(params)}`,
  newCustomer: (params: Query = {}) => `/customers/new${query(params)}`,
  customer: ({ id }: HasId) => `/customers/${id}`,
  editCustomer: ({ id }: HasId) => `/customers/${id}/edit`,
  customerVerification: ({ id }: HasId) => `/customers/${id}/verification`,
  customerPasswordLink: ({ id }: HasId) => `/customers/${id}/password-link`,
  /** Shows a link that was made to be copied, once. */
  customerPasswordLinkShown: ({ id }: HasId, link: HasId) => `/customers/${id}/password-link/${link.id}`,
  customerTeam: ({ id }: HasId, params: Query = {}) => `/customers/${id}/team${query(params)}`,
  /** A team's own page: its members and its billing profile. */
  team: ({ id }: HasId, params: Query = {}) => `/teams/${id}${query(params)}`,
  balance: ({ id }: HasId) => `/customers/${id}/balance`,
  refills: ({ id }: HasId) => `/customers/${id}/refills`,
  deductions: ({ id }: HasId) => `/customers/${id}/deductions`,
  overdraft: ({ id }: HasId) => `/customers/${id}/overdraft`,
  alerts: ({ id }: HasId) => `/customers/${id}/alerts`,
  credits: ({ id }: HasId) => `/customers/${id}/credits`,
  /** One posting: what it moved, why, and by whom. */
  posting: ({ id }: HasId, posting: HasId) => `/customers/${id}/postings/${posting.id}`,
  reversal: ({ id }: HasId, posting: HasId) => `/customers/${id}/postings/${posting.id}/reversal`,
  charges: ({ id }: HasId) => `/customers/${id}/charges`,
  /** The form of a kind that is posted with a description: charges is one. */
  described: ({ id }: HasId, { at }: { at: string }) => `/customers/${id}/${at}`,
  grants: ({ id }: HasId, params: Query = {}) => `/customers/${id}/grants${query(params)}`,
  /** One grant of credits, with everything that used it. */
  grant: ({ id }: HasId, grant: HasId, params: Query = {}) =>
    `/customers/${id}/grants/${grant.id}${query(params)}`,
  customerTags: ({ id }: HasId) => `/customers/${id}/tags`,
  customerState: ({ id }: HasId) => `/customers/${id}/state`,
  suspension: ({ id }: HasId) => `/customers/${id}/suspension`,
  reinstatement: ({ id }: HasId) => `/customers/${id}/reinstatement`,
  billing: ({ id }: HasId, params: Query = {}) => `/customers/${id}/billing${query(params)}`,
  statement: ({ id }: HasId, params: Query = {}) => `/customers/${id}/billing/statement.csv${query(params)}`,
  statementPdf: ({ id }: HasId, params: Query = {}) =>
    `/customers/${id}/billing/statement.pdf${query(params)}`,
  billingProfile: ({ id }: HasId) => `/customers/${id}/billing/profile`,

  passwordReset: ({ id }: HasId) => `/customers/${id}/password-reset`,
  customerFactorReset: ({ id }: HasId) => `/customers/${id}/factor-reset`,
  passwordCandidate: ({ id }: HasId) => `/customers/${id}/password-reset/candidate`,
  loginAs: ({ id }: HasId, params: Query = {}) => `/customers/${id}/login-as${query(params)}`,

  /** What waits for a second person. */
  approvals: (params: Query = {}) => `/approvals${query(params)}`,
  approval: ({ id }: HasId) => `/approvals/${id}`,
  approve: ({ id }: HasId) => `/approvals/${id}/approval`,
  reject: ({ id }: HasId) => `/approvals/${id}/rejection`,
  raise: ({ id }: HasId) => `/approvals/limits/${id}`,
  approveRaise: ({ id }: HasId) => `/approvals/limits/${id}/approval`,
  rejectRaise: ({ id }: HasId) => `/approvals/limits/${id}/rejection`,

  ledgerVerification: () => '/ledger/verification',

  invites: (params: Query = {}) => `/invites${query(params)}`,
  /** One invite, with everybody who came through it. */
  invite: ({ id }: HasId, params: Query = {}) => `/invites/${id}${query(params)}`,
  inviteRegeneration: ({ id }: HasId) => `/invites/${id}/regeneration`,
  inviteRevocation: ({ id }: HasId) => `/invites/${id}/revocation`,
  inviteResend: ({ id }: HasId) => `/invites/${id}/resend`,
  join: (token: string) => `/join/${token}`,
  /** Where a registration leads: look into the mail. */
  joined: (token: string) => `/join/${token}/done`,

  console: () => '/console',
  consoleLogin: (params: Query = {}) => `/console/login${query(params)}`,
  consoleLoginOf: (slug: string, params: Query = {}) => `/console/${slug}/login${query(params)}`,
  consoleChoice: (params: Query = {}) => `/console/login/choice${query(params)}`,
  consoleLoginFactor: (params: Query = {}) => `/console/login/factor${query(params)}`,
  consoleLogout: () => '/console/logout',
  consoleForgottenPassword: (params: Query = {}) => `/console/forgotten-password${query(params)}`,
  consoleEnter: (code: string) => `/console/enter/${code}`,
  consoleExit: () => '/console/login-as/end',
  consoleBilling: (params: Query = {}) => `/console/billing${query(params)}`,
  consoleStatement: (params: Query = {}) => `/console/billing/statement.csv${query(params)}`,
  consoleStatementPdf: (params: Query = {}) => `/console/billing/statement.pdf${query(params)}`,
  consoleVerification: () => '/console/verification',
  consoleProfile: () => '/console/profile',
  consoleEmail: () => '/console/profile/email',
  consoleBillingProfile: () => '/console/billing-profile',
  consolePassword: () => '/console/password',
  consoleSecurity: (params: Query = {}) => `/console/security${query(params)}`,
  consoleSession: ({ id }: HasId) => `/console/security/sessions/${id}/end`,
  consoleOtherSessions: () => '/console/security/sessions/end',
  consoleProof: (params: Query = {}) => `/console/security/proof${query(params)}`,
  consoleFactors: () => '/console/security/factors',
  consoleNewFactor: () => '/console/security/factors/new',
  consolePasskeys: () => '/console/security/factors/passkeys',
  consoleNewPasskey: () => '/console/security/factors/passkeys/new',
  consoleFactorRemoval: ({ id }: HasId) => `/console/security/factors/${id}/removal`,
  consoleFactorName: ({ id }: HasId) => `/console/security/factors/${id}/name`,
  consoleRecoveryCodes: () => '/console/security/factors/recovery-codes',
  consoleResetLink: () => '/console/security/reset-link',

  /** The reseller's whole ledger, or one customer's. */
  ledger: (customer: HasId | null, params: Query = {}) =>
    `${customer ? `/customers/${customer.id}` : ''}/ledger${query(params)}`,
  ledgerExport: (customer: HasId | null, params: Query = {}) =>
    `${customer ? `/customers/${customer.id}` : ''}/ledger/export.csv${query(params)}`,

  tags: () => '/tags',
  tag: ({ id }: HasId) => `/tags/${id}`,
  editTag: ({ id }: HasId) => `/tags/${id}/edit`,
  tagMerger: ({ id }: HasId) => `/tags/${id}/merger`,
  tagRemoval: ({ id }: HasId) => `/tags/${id}/removal`,

  /** The logins as customers: all of them, and one with everything that was done in it. */
  loginAsSessions: (params: Query = {}) => `/login-as${query(params)}`,
  loginAsSession: ({ id }: HasId, params: Query = {}) => `/login-as/${id}${query(params)}`,
  loginAsEvents: ({ id }: HasId) => `/login-as/${id}/events.csv`,
  loginAsEnd: ({ id }: HasId) => `/login-as/${id}/end`,

  audit: (params: Query = {}) => `/audit${query(params)}`,
  auditExport: (params: Query = {}) => `/audit/export.csv${query(params)}`,

  mails: (params: Query = {}) => `/mails${query(params)}`,
  mail: ({ id }: HasId) => `/mails/${id}`,
  mailLetter: ({ id, shown }: HasId & { shown: string }) => `/mails/${id}/letter/${shown}`,
  mailResend: ({ id }: HasId) => `/mails/${id}/resend`,

  staff: () => '/staff',
  staffLimits: () => '/staff/limits',
  staffRole: ({ id }: HasId) => `/staff/${id}/role`,
  staffSuspension: ({ id }: HasId) => `/staff/${id}/suspension`,
  staffLink: ({ id }: HasId) => `/staff/${id}/link`,
  staffFactorReset: ({ id }: HasId) => `/staff/${id}/factor-reset`,
  staffReinstatement: ({ id }: HasId) => `/staff/${id}/reinstatement`,
}
