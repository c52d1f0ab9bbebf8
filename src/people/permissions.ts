import { type Sentence, t } from '../words/words.ts'

/** What a role can allow, each with what it lets people do. Rows of roles hold these names. */
const SENTENCES = {
  'customers.see': t('View customers, teams and postings'),
  'customers.edit': t('Create, edit and invite customers, turn them on and off, and reset their passwords'),
  'customers.tag': t('Tag customers'),
  'customers.export': t('Export customers'),
  'money.post': t('Post refills, deductions, credits, charges and reversals'),
  'money.approve': t('Approve or reject postings that wait for approval'),
  'money.overdraft': t('Set overdraft limits'),
  'ledger.verify': t('Verify the ledger'),
  'login.readonly': t('Use ReadOnly Login'),
  'login.admin': t('Use Admin Login'),
  'mails.see': t('View the list of e-mails'),
  'mails.open': t('Read e-mails'),
  'mails.resend': t('Resend e-mails'),
  'audit.see': t('View and export activity'),
  'reseller.manage': t('Manage staff, limits and settings'),
} as const satisfies Readonly<Record<string, Sentence>>

export type Permission = keyof typeof SENTENCES

export const PERMISSIONS = Object.keys(SENTENCES) as readonly Permission[]

const isPermission = (name: string): name is Permission => Object.hasOwn(SENTENCES, name)

/** The permissions in a role's row, without those that only another version knows. */
export const readPermissions = (names: readonly string[]): ReadonlySet<Permission> =>
  new Set(names.filter(isPermission))

/** What the permission lets people do. A name that this version does not know is shown as it is. */
export function permissionSentence(permission: string): Sentence {
  return isPermission(permission) ? SENTENCES[permission] : { text: permission }
}

/** What takes a second person: a role with one of these makes somebody the first or the second. */
const TAKES_TWO: readonly Permission[] = ['money.post', 'money.approve', 'reseller.manage']

/** Whether a role with these permissions, as its row has them, makes somebody one of the two people that something takes. */
export const isOneOfTwo = (permissions: readonly string[]) =>
  TAKES_TWO.some((permission) => permissions.includes(permission))
