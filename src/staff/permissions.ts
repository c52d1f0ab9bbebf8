import { type Sentence, t } from '../web/words.ts'

/** What a role may do; a role is a row that lists some of these. */
export const PERMISSIONS = [
  'customers.see',
  'customers.edit',
  'customers.tag',
  'customers.export',
  'money.post',
  'money.approve',
  'money.overdraft',
  'ledger.verify',
  'login.readonly',
  'login.admin',
  'mails.see',
  'mails.open',
  'mails.resend',
  'audit.see',
  'reseller.manage',
] as const

export type Permission = (typeof PERMISSIONS)[number]

export const ROLE_IDS = ['owner', 'admin', 'finance', 'support', 'auditor'] as const
export type RoleId = (typeof ROLE_IDS)[number]

interface RoleFacts {
  name: string
  permissions: readonly Permission[]
}

/** The roles that every reseller starts with, as design 8 has them. */
export const FIRST_ROLES: Readonly<Record<RoleId, RoleFacts>> = {
  owner: { name: 'Owner', permissions: PERMISSIONS },
  admin: {
    name: 'Admin',
    permissions: PERMISSIONS.filter(
      (permission) => !['reseller.manage', 'ledger.verify'].includes(permission),
    ),
  },
  finance: {
    name: 'Finance',
    permissions: ['customers.see', 'customers.export', 'money.post', 'money.approve', 'money.overdraft'],
  },
  support: {
    name: 'Support',
    permissions: ['customers.see', 'customers.tag', 'login.readonly', 'mails.see', 'mails.resend'],
  },
  auditor: {
    name: 'Auditor',
    permissions: ['customers.see', 'customers.export', 'audit.see', 'ledger.verify'],
  },
}

/** The roles' names as people read them. */
export function roleName(roleId: string): Sentence {
  return ROLE_NAMES[roleId as RoleId] ?? { text: roleId }
}

const ROLE_NAMES: Record<RoleId, Sentence> = {
  owner: t('Owner'),
  admin: t('Admin'),
  finance: t('Finance'),
  support: t('Support'),
  auditor: t('Auditor'),
}

/** What each role is for, in a sentence, as design 8 has it. */
export const ROLE_SUMMARIES: Readonly<Record<RoleId, Sentence>> = {
  owner: t('Can do everything, including managing staff and settings.'),
  admin: t(
    'Can manage customers, post, log in as customers, invite and view activity. Cannot manage staff or settings.',
  ),
  finance: t('Can view and export customers, and post refills, deductions, credits and charges.'),
  support: t('Can view and tag customers, and resend mails.'),
  auditor: t('Can view and export customers and activity. Cannot change anything.'),
}
