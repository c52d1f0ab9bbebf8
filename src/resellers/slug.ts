import { text } from '../forms/form.ts'
import { phrase } from '../words/phrase.ts'

/** Every word of Purser's own addresses: no reseller can be called like one, because slugs stand beside them. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set(
  `account alerts api approval approvals assets audit balance billing billing-profile candidate charges choice
   console credits customer-factors customers date deductions done edit email end enter events export factor factor-reset factors
   forgotten-password grants healthz invites join ledger letter limits link login login-as logout mail mails
   merger name new overdraft owner passkeys password password-link password-reset postings profile proof purser readyz
   recovery-codes refills regeneration reinstatement rejection removal reseller resend reset-link reversal
   revocation role security sessions set-password settings setup staff state statement suspension tag tags team
   teams test-mail verification verify`.split(/\s+/),
)

/** A reseller's short name in addresses: small letters, digits, hyphens within, 40 at most. */
export const slugField = () =>
  text({ max: 40, min: 1 })
    .transform((value) => value.toLowerCase())
    .refine((value) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value), {
      error: phrase('Use lowercase letters, digits and hyphens, such as northwind-cloud.'),
    })
    .refine((value) => !RESERVED_SLUGS.has(value), {
      error: phrase('This short name is reserved. Choose another one.'),
    })
