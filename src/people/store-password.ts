import type { Transaction } from '../database/client.ts'
import { currentTime } from '../database/clock.ts'
import type { Person } from './actor.ts'

/**
 * Puts a password in force that the staff member or customer has chosen. What a customer chose takes the place of one that staff
 * generated, with its conditions. False where the person is OFF, or no longer has the password that `holds` names by its mark.
 */
export async function storePassword(
  db: Transaction,
  { kind, id, reseller }: Person,
  passwordHash: string,
  holds: { passwordMark?: string | null } = {},
): Promise<boolean> {
  const where = { id, resellerId: reseller.id, state: 'ON', ...holds } as const
  const chosen = { passwordHash, mustChangePassword: false, passwordExpiresAt: null }
  const { count } =
    kind === 'staff'
      ? await db.staff.updateMany({ where, data: { passwordHash } })
      : await db.customer.updateMany({ where, data: chosen })
  return count === 1
}

/** Whether a temporary password is no longer good: from that moment on nobody logs in with it. Null is a password that lasts. */
export const isTemporaryOver = (passwordExpiresAt: Date | null, now = currentTime()): boolean =>
  passwordExpiresAt !== null && passwordExpiresAt <= now
