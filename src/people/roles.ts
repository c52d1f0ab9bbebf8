import { type Sentence, t } from '../words/words.ts'
import { PERMISSIONS, type Permission } from './permissions.ts'

interface Role {
  name: Sentence
  /** What the role is for. */
  summary: Sentence
  permissions: readonly Permission[]
  /** Whether a new reseller's people in it must have a second factor. The Owner may choose otherwise. */
  requiresFactor?: true
}

const allBut = (...left: readonly Permission[]) =>
  PERMISSIONS.filter((permission) => !left.includes(permission))

/**
 * The built-in roles of every reseller, in the order in which they are shown. A start brings the rows up to date with this table:
 * see updateBuiltInRoles().
 */
export const ROLES = {
  owner: {
    name: t('Owner', { context: 'role' }),
    summary: t('Can do everything, including managing staff and settings.'),
    permissions: PERMISSIONS,
    requiresFactor: true,
  },
  admin: {
    name: t('Admin', { context: 'role' }),
    summary: t(
      'Can manage customers, post, log in as customers, invite and view activity. Cannot manage staff or settings.',
    ),
    permissions: allBut('reseller.manage', 'ledger.verify'),
    requiresFactor: true,
  },
  finance: {
    name: t('Finance', { context: 'role' }),
    summary: t(
      'Can view and export customers, post refills, deductions, credits and charges, approve postings of others, and set overdrafts.',
    ),
    permissions: ['customers.see', 'customers.export', 'money.post', 'money.approve', 'money.overdraft'],
    requiresFactor: true,
  },
  support: {
    name: t('Support', { context: 'role' }),
    summary: t('Can view and tag customers, use ReadOnly Login, and view and resend e-mails.'),
    permissions: ['customers.see', 'customers.tag', 'login.readonly', 'mails.see', 'mails.resend'],
  },
  auditor: {
    name: t('Auditor', { context: 'role' }),
    summary: t('Can view and export customers and activity. Cannot change anything.'),
    permissions: ['customers.see', 'customers.export', 'audit.see', 'ledger.verify'],
  },
} as const satisfies Readonly<Record<string, Role>>

export type RoleId = keyof typeof ROLES

export const ROLE_IDS = Object.keys(ROLES) as [RoleId, ...RoleId[]]

/** The role as people read it. One that this version does not know is shown by its id. */
export function roleName(roleId: string): Sentence {
  return Object.hasOwn(ROLES, roleId) ? ROLES[roleId as RoleId].name : { text: roleId }
}

/** A built-in role's row, but for its reseller. */
export interface RoleRow {
  id: string
  name: string
  permissions: Permission[]
  requiresFactor: boolean
}

/** The rows that a reseller has of its built-in roles. */
export function roleRows(): RoleRow[] {
  return ROLE_IDS.map((id) => ({
    id,
    name: ROLES[id].name.text,
    permissions: [...ROLES[id].permissions],
    requiresFactor: 'requiresFactor' in ROLES[id],
  }))
}
