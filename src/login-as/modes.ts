import type { LoginAsMode } from '../generated/prisma/client.ts'
import type { Permission } from '../people/permissions.ts'

export const MODES = ['readonly', 'admin'] as const

/** What a staff member needs to be in a customer's console in this mode, at its start and all the time. */
export const permissionFor = (mode: LoginAsMode): Permission =>
  mode === 'admin' ? 'login.admin' : 'login.readonly'
